#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgres/configuration_query.hpp"
#include "runtime/configuration_answer.hpp"

namespace {

using runtime::reload_answer;
using runtime::Reread;
using runtime::ServerReread;
using testing::ElementsAre;
using testing::HasSubstr;

ServerReread server(bool read, std::vector<std::string> errors = {}) {
  return {.read = read, .changed = {}, .pending = {}, .errors = std::move(errors)};
}

Reread with_problems(std::vector<std::string> problems) {
  return {.problems = std::move(problems), .taken_over = {}, .for_postgres = {}, .for_the_pod = {}};
}

const Reread for_postgres{.problems = {},
                          .taken_over = {},
                          .for_postgres = {"postgresql.parameters.work_mem"},
                          .for_the_pod = {}};

TEST(Reload, WhereNothingChangedThatIsSaid) {
  const auto said = reload_answer({}, server(true));
  EXPECT_TRUE(said.accepted);
  EXPECT_EQ(said.text, "read again; nothing has changed");
}

TEST(Reload, WhatChangedAndWhatWaitsIsNamed) {
  const auto said = reload_answer({.problems = {},
                                   .taken_over = {"stop.fast_timeout"},
                                   .for_postgres = {"postgresql.parameters.work_mem"},
                                   .for_the_pod = {"cluster.max_members"}},
                                  ServerReread{.read = true,
                                               .changed = {"work_mem", "log_min_messages"},
                                               .pending = {"shared_buffers"},
                                               .errors = {}});
  EXPECT_TRUE(said.accepted);
  EXPECT_EQ(said.text,
            "taken over: stop.fast_timeout\n"
            "take effect when the pod is restarted: cluster.max_members\n"
            "changed in PostgreSQL: work_mem, log_min_messages\n"
            "wait for a restart (`pgordinal restart`): shared_buffers");
}

TEST(Reload, MistakesInOurSettingsAreEachALineAndAFailure) {
  const auto said =
      reload_answer(with_problems({"/f:3:1: a: found x", "/f:4:1: b: found y"}), server(true));
  EXPECT_FALSE(said.accepted);
  EXPECT_EQ(said.text,
            "pgordinal's settings have mistakes, so none of them was taken over:\n"
            "  /f:3:1: a: found x\n  /f:4:1: b: found y");
}

TEST(Reload, MistakesInPostgresqlsFilesAreAFailureToo) {
  const auto said = reload_answer({}, server(false, {"postgresql.conf line 3: no"}));
  EXPECT_FALSE(said.accepted);
  EXPECT_THAT(said.text, HasSubstr("so it changed nothing:\n  postgresql.conf line 3: no"));
}

TEST(Reload, WherePostgresqlCannotBeAskedItsLogIsNamed) {
  const auto said = reload_answer(for_postgres, {});
  EXPECT_TRUE(said.accepted);
  EXPECT_THAT(said.text, HasSubstr("whose log says what it takes over: postgresql.parameters"));
}

TEST(Reload, AnAnswerFitsItsMessage) {
  const auto said =
      reload_answer(with_problems(std::vector<std::string>(100, std::string(100, 'x'))), {});
  EXPECT_LE(said.text.size(), 4096U);
  EXPECT_TRUE(said.text.ends_with("(the pod's log has all)"));
}

TEST(InForce, OnlyWhatDiffersIsNamed) {
  const std::vector<std::string> columns(4, "c");
  const auto before = postgres::parse_in_force(
      {columns, {{"a", "1", "f", "t1"}, {"b", "2", "f", "t1"}, {"c", "3", "f", "t1"}}});
  const auto after = postgres::parse_in_force(
      {columns, {{"a", "1", "f", "t2"}, {"b", "9", "f", "t2"}, {"c", "3", "t", "t2"}}});
  ASSERT_TRUE(before && after);
  EXPECT_THAT(postgres::changed(*before, *after), ElementsAre("b"));
  EXPECT_THAT(after->pending, ElementsAre("c"));
  EXPECT_NE(before->loaded, after->loaded);
  EXPECT_FALSE(postgres::parse_in_force({columns, {}}));
}

}  // namespace
