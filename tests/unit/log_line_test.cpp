#include <regex>

#include <gtest/gtest.h>

#include "log/characters.hpp"
#include "log/line.hpp"
#include "log/log.hpp"

using logs::Field;
using logs::Level;

namespace {

std::string text(std::vector<Field> fields, std::string_view message = {}) {
  return logs::text({.level = Level::info,
                     .pod = "pg-0",
                     .event = "cloned",
                     .message = message,
                     .fields = fields});
}

std::string json(std::vector<Field> fields, std::string_view message = {}) {
  return logs::json({.level = Level::warning,
                     .pod = "pg-0",
                     .event = "cloned",
                     .message = message,
                     .fields = fields});
}

TEST(LogLine, TextHasMessageAndFields) {
  EXPECT_EQ(text({}), "INFO  pgordinal[pg-0] cloned");
  EXPECT_EQ(text({{"from", "pg-1"}, {"bytes", 5}}, "all there"),
            "INFO  pgordinal[pg-0] cloned: all there from=pg-1 bytes=5");
  EXPECT_EQ(
      logs::text({.level = Level::error, .pod = {}, .event = "x", .message = {}, .fields = {}}),
      "ERROR pgordinal x");
}

TEST(LogLine, TextStaysOneLineAndItsValuesKeepTheirEnds) {
  EXPECT_EQ(text({{"a", "x y"}, {"b", ""}, {"c", "k=v"}, {"d", "q\"q"}}),
            R"(INFO  pgordinal[pg-0] cloned a="x y" b="" c="k=v" d="q\"q")");
  EXPECT_EQ(text({{"a", "1\n2"}}, "first\nsecond\x1b[31m"),
            R"(INFO  pgordinal[pg-0] cloned: first\nsecond\u001b[31m a="1\n2")");
}

TEST(LogLine, JsonHasReasonAtTheTopAndOtherFieldsTogether) {
  EXPECT_EQ(json({}), R"("level":"warning","pod":"pg-0","event":"cloned")");
  EXPECT_EQ(
      json({{"bytes", 5}, {"reason", "no_slot"}, {"done", true}, {"from", "a\"b\\c\n"}}, "grüße"),
      R"("level":"warning","pod":"pg-0","event":"cloned","reason":"no_slot","message":"grüße",)"
      R"("fields":{"bytes":5,"done":true,"from":"a\"b\\c\n"})");
}

TEST(LogLine, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(logs::escaped("a\xff"
                          "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(logs::escaped("\xc0\xaf"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "overlong";
  EXPECT_EQ(logs::escaped("\xe2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "cut";
  EXPECT_EQ(logs::character_size("\xed\xa0\x80"), 0u) << "surrogate";
  EXPECT_EQ(logs::character_size("\xf4\x90\x80\x80"), 0u) << "above U+10FFFF";
  EXPECT_EQ(logs::escaped("€😀"), "€😀");
  EXPECT_EQ(logs::escaped(std::string_view("\0", 1)), "\\u0000");
}

const std::string time_stamp = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)";

/// What `write` sends to stderr.
template <class Write>
std::string written(Write write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

TEST(LogEvent, WritesOneLineWithItsTime) {
  logs::set_up({}, "pg-0");
  EXPECT_TRUE(std::regex_match(
      written([] {
        logs::event(Level::info, "started", {{"port", 5432}, {"mode", "static"}}, "ready %v {} %n");
      }),
      std::regex(time_stamp +
                 R"( INFO  pgordinal\[pg-0\] started: ready %v \{\} %n port=5432 mode=static\n)")));
}

TEST(LogEvent, WritesJson) {
  logs::set_up({.level = Level::info, .format = core::LogFormat::json}, "pg-0");
  EXPECT_TRUE(
      std::regex_match(written([] { logs::event(Level::error, "failed"); }),
                       std::regex(R"(\{"ts":")" + time_stamp +
                                  R"(","level":"error","pod":"pg-0","event":"failed"\}\n)")));
  logs::set_up({}, {});
}

TEST(LogEvent, DropsLowerLevels) {
  logs::set_up({.level = Level::warning, .format = core::LogFormat::text}, {});
  EXPECT_EQ(written([] {
              logs::event(Level::debug, "a");
              logs::event(Level::info, "b");
            }),
            "");
  EXPECT_NE(written([] { logs::event(Level::warning, "c"); }), "");
  logs::set_up({}, {});
}

}  // namespace
