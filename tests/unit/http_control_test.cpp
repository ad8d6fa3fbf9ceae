#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include "http/control.hpp"
#include "http/history_text.hpp"
#include "http_fixture.hpp"
#include "runtime/orders.hpp"

namespace {

using namespace http_test;
using asio::local::stream_protocol;
namespace fs = std::filesystem;

TEST(HttpOrder, EveryOrderComesBackAsItWas) {
  for (const auto& order : std::vector<http::Order>{
           http::Switchover{}, http::Switchover{.to = {{"pg-2"}}, .dry_run = true},
           http::Failover{.pod = {"pg-1"}}, http::Pause{.on = true}, http::Pause{.on = false},
           http::Reload{}, http::Restart{}, http::Restart{.if_pending = true}, http::Reinit{},
           http::Reinit{.pod = {{"pg-2"}}}}) {
    const auto parsed = http::parse_order(to_text(order));
    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, order);
  }
}

TEST(HttpOrder, WhatIsWrongIsSaid) {
  EXPECT_EQ(http::parse_order(R"({"order":"failover"})").error(), "\"pod\" is missing");
  EXPECT_EQ(http::parse_order(R"({"order":"failover","pod":"a b"})").error(),
            "\"pod\" is no pod's name");
  EXPECT_EQ(http::parse_order(R"({"order":"stop"})").error(),
            "\"order\" is no order that this version knows");
  EXPECT_EQ(http::parse_said("[]").error(), "no JSON object");
}

/// A directory of its own, with a server that says what the test wants.
class HttpControl : public testing::Test {
 protected:
  HttpControl() {
    std::string name = (fs::temp_directory_path() / "control-test-XXXXXX").string();
    directory = ::mkdtemp(name.data());
  }
  ~HttpControl() override {
    server.reset();
    fs::remove_all(directory);
  }

  http::ControlHandlers handlers() {
    return {.order = [this](http::Order order) -> asio::awaitable<http::Said> {
              orders.push_back(order);
              co_return says;
            },
            .cluster = [] { return R"({"primary":"pg-0"})"; },
            .course = [this] { return says; },
            .history = [] { return http::to_text(http::History{.pod = "pg-0"}); }};
  }
  std::expected<http::ControlServer, std::string> listen(const std::vector<fs::path>& where) {
    return http::ControlServer::listen(test_loop().get_executor(), handlers(), where, short_);
  }
  void start() {
    auto listening = listen({directory});
    ASSERT_TRUE(listening) << listening.error();
    server.emplace(std::move(*listening));
  }
  auto give(const http::Order& order, core::Duration timeout = soon) {
    return Fixture::run(
        http::give(test_loop().get_executor(), order, timeout, {directory / "not", directory}));
  }

  fs::path directory;
  std::optional<http::ControlServer> server;
  std::vector<http::Order> orders;
  http::Said says{.accepted = true, .text = "pg-2 is the primary"};
};

TEST_F(HttpControl, AnOrderIsCarriedOutAndAnswered) {
  start();
  const http::Switchover order{.to = {{"pg-2"}}};
  const auto said = give(order);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(*said, says);
  says = {.text = "pg-3 does not stream; start it first"};
  EXPECT_EQ(*give(http::Failover{.pod = {"pg-3"}}), says);
  EXPECT_EQ(orders, (std::vector<http::Order>{order, http::Failover{.pod = {"pg-3"}}}));
}

TEST_F(HttpControl, ShowsTheCluster) {
  start();
  const auto shown =
      Fixture::run(http::show_cluster(test_loop().get_executor(), soon, {directory}));
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ(*shown, R"({"primary":"pg-0"})");
}

TEST_F(HttpControl, ShowsHowFarAnOrderIsAndTheHistory) {
  start();
  says = {.accepted = true, .text = "clone: 1 MB of 2 MB", .goes_on = true};
  const auto course =
      Fixture::run(http::show_course(test_loop().get_executor(), soon, {directory}));
  ASSERT_TRUE(course) << course.error().message;
  EXPECT_EQ(*course, says);
  EXPECT_TRUE(orders.empty()) << "a look is no order";
  const auto text = Fixture::run(http::show_history(test_loop().get_executor(), soon, {directory}));
  ASSERT_TRUE(text) << text.error().message;
  const auto history = http::parse_history(*text);
  ASSERT_TRUE(history) << history.error();
  EXPECT_EQ(history->pod, "pg-0");
}

TEST_F(HttpControl, OnlyOurUserMayGiveOrders) {
  start();
  struct stat found{};
  ASSERT_EQ(::stat(server->path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(server->path().parent_path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
}

TEST_F(HttpControl, LeavesNothingBehind) {
  start();
  EXPECT_FALSE(fs::is_empty(directory));
  server.reset();
  EXPECT_TRUE(fs::is_empty(directory));
}

TEST_F(HttpControl, WhereNobodyServesThatIsSaid) {
  const auto said = give(http::Switchover{});
  ASSERT_FALSE(said);
  EXPECT_TRUE(said.error().nobody);
  EXPECT_TRUE(
      said.error().message.starts_with("no pgordinal serves commands here (" + directory.string()))
      << said.error().message;
}

TEST_F(HttpControl, ASocketThatWasLeftBehindIsReplaced) {
  const fs::path left = http::control_socket(directory);
  fs::create_directory(left.parent_path());
  {
    const stream_protocol::acceptor gone(test_loop(), stream_protocol::endpoint(left.string()));
  }
  ASSERT_TRUE(fs::exists(left));
  EXPECT_TRUE(give(http::Switchover{}).error().nobody);
  start();
  EXPECT_TRUE(give(http::Switchover{}));
}

TEST_F(HttpControl, ASocketThatIsServedIsLeftAlone) {
  start();
  const auto second = listen({directory});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("another pgordinal serves it"), std::string::npos)
      << second.error();
  EXPECT_TRUE(give(http::Switchover{}));
}

TEST_F(HttpControl, TheNextPlaceIsTakenWhereOneCannotBeUsed) {
  const fs::path file = directory / "file";
  std::ofstream(file) << "x";
  const fs::path taken = directory / "taken";
  fs::create_directory(taken);
  std::ofstream(taken / "pgordinal.control") << "x";
  const fs::path good = directory / "good";
  fs::create_directory(good);
  const auto listening = listen({file, taken, directory / std::string(100, 'a'), good});
  ASSERT_TRUE(listening) << listening.error();
  EXPECT_EQ(listening->path(), http::control_socket(good));
  const auto none = listen({file, taken, directory / std::string(100, 'a')});
  ASSERT_FALSE(none);
  for (const char* part : {"Not a directory", "is no directory of our user", "too long", "/tmp"})
    EXPECT_NE(none.error().find(part), std::string::npos) << none.error();
}

TEST_F(HttpControl, AnOrderThatTakesTooLongHasAnUnknownEnd) {
  auto slow = handlers();
  slow.order = [](const http::Order&) -> asio::awaitable<http::Said> {
    asio::steady_timer never(test_loop(), 1h);
    co_await never.async_wait(asio::use_awaitable);
    co_return http::Said{};
  };
  auto listening =
      http::ControlServer::listen(test_loop().get_executor(), slow, {directory}, short_);
  ASSERT_TRUE(listening);
  const auto said = give(http::Switchover{});
  ASSERT_FALSE(said);
  EXPECT_FALSE(said.error().nobody);
  EXPECT_EQ(said.error().message, "PID 1 answered with status 503: no answer in time");
}

TEST(Orders, ArgumentsThatCannotBeMeantAreUsageErrors) {
  EXPECT_EQ(runtime::failover_command.run({}, {}), 2);
  EXPECT_EQ(runtime::failover_command.run({"pg-1"}, {}), 2);
  EXPECT_EQ(runtime::failover_command.run({"--lose-data"}, {}), 2);
  EXPECT_EQ(runtime::switchover_command.run({"pg-1", "pg-2"}, {}), 2);
  EXPECT_EQ(runtime::switchover_command.run({"--now"}, {}), 2);
  EXPECT_EQ(runtime::switchover_command.run({"--help"}, {}), 0);
  EXPECT_EQ(runtime::reload_command.run({"now"}, {}), 2);
  EXPECT_EQ(runtime::restart_command.run({"--if"}, {}), 2);
  EXPECT_EQ(runtime::reinit_command.run({"pg-1", "pg-2"}, {}), 2);
  EXPECT_EQ(runtime::restart_command.run({"--help"}, {}), 0);
}

}  // namespace
