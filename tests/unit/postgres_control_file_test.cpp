#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "postgres/control_file.hpp"
#include "postgres/crc32c.hpp"
#include "postgres_real.hpp"

namespace {

using core::directory::State;

/// A file as that version lays it out; its fields are numbers that are easy to tell apart.
std::string made_up(std::uint32_t version, std::size_t at_crc) {
  std::string bytes(8192, '\0');
  const auto put = [&bytes](std::size_t offset, auto number) {
    std::memcpy(bytes.data() + offset, &number, sizeof number);
  };
  put(0, std::uint64_t{7423456789012345678});
  put(8, version);
  put(16, std::uint32_t{5});
  put(32, std::uint64_t{0x16B374D848});
  put(40, std::uint64_t{0x16B3000028});
  put(48, std::uint32_t{3});
  put(136, std::uint64_t{0x16B3750000});
  put(180, core::directory::Capacities{100, 8, 10, 2, 64});
  put(at_crc, postgres::crc32c(std::string_view(bytes).substr(0, at_crc)));
  return bytes;
}

std::map<std::string, std::string> controldata(const std::string& output) {
  std::map<std::string, std::string> fields;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto value = line.find_first_not_of(' ', colon + 1);
    fields[line.substr(0, colon)] = value == std::string::npos ? "" : line.substr(value);
  }
  return fields;
}

TEST(ControlFile, ReadsEveryLayoutFrom13To18) {
  for (const auto& [version, at_crc] :
       std::map<std::uint32_t, std::size_t>{{1300, 288}, {1700, 288}, {1800, 292}}) {
    const auto data = postgres::parse_control_file(made_up(version, at_crc));
    ASSERT_TRUE(data) << version << ": " << data.error();
    EXPECT_EQ(data->system_id.number, 7423456789012345678U);
    EXPECT_EQ(data->state, State::in_archive_recovery);
    EXPECT_EQ(core::to_text(data->checkpoint), "16/B374D848");
    EXPECT_EQ(data->timeline.number, 3U);
    EXPECT_EQ(core::to_text(data->min_recovery), "16/B3750000");
    EXPECT_EQ(core::to_text(data->redo), "16/B3000028");
    EXPECT_EQ(data->capacities, (core::directory::Capacities{100, 8, 10, 2, 64}));
  }
}

TEST(ControlFile, ToldTheMajorVersionItMustFit) {
  EXPECT_TRUE(postgres::parse_control_file(made_up(1300, 288), 13));
  EXPECT_TRUE(postgres::parse_control_file(made_up(1300, 288), 16));
  EXPECT_FALSE(postgres::parse_control_file(made_up(1300, 288), 17));
}

TEST(ControlFile, DamagedShortAndForeignFilesAreErrorsThatSayWhy) {
  std::string damaged = made_up(1700, 288);
  damaged[50] ^= 1;
  EXPECT_THAT(postgres::parse_control_file(damaged).error(), testing::HasSubstr("checksum"));
  EXPECT_THAT(postgres::parse_control_file("").error(), testing::HasSubstr("0 bytes"));
  EXPECT_THAT(postgres::parse_control_file(made_up(1700, 288).substr(0, 100)).error(),
              testing::HasSubstr("100 bytes"));
  EXPECT_THAT(postgres::parse_control_file(made_up(1201, 288)).error(), testing::HasSubstr("1201"));
  EXPECT_THAT(postgres::parse_control_file(made_up(0x14050000, 288)).error(),
              testing::HasSubstr("byte order"));
  EXPECT_THAT(postgres::read_control_file("/nonexistent").error(),
              testing::HasSubstr("is missing"));
}

TEST(ControlFile, AgreesWithPgControldataOnRealClusters) {
  const auto all = real::installations();
  if (all.empty()) GTEST_SKIP() << "no PostgreSQL here";
  for (const auto& installation : all) {
    const real::Directory directory(installation);
    const auto inside = directory.inside() / "data";
    const auto made = real::initdb(installation, inside);
    ASSERT_EQ(made.status, 0) << made.output;
    const auto shown = real::run(installation, {"pg_controldata", inside});
    auto fields = controldata(shown.output);

    const auto data = postgres::read_control_file(directory.outside() / "data");

    ASSERT_TRUE(data) << data.error();
    EXPECT_EQ(core::to_text(data->system_id), fields["Database system identifier"])
        << installation.major;
    EXPECT_EQ(core::to_text(data->checkpoint), fields["Latest checkpoint location"]);
    EXPECT_EQ(std::to_string(data->timeline.number), fields["Latest checkpoint's TimeLineID"]);
    EXPECT_EQ(core::to_text(data->min_recovery), fields["Minimum recovery ending location"]);
    EXPECT_EQ(core::to_text(data->redo), fields["Latest checkpoint's REDO location"]);
    EXPECT_EQ(std::to_string(data->wal_segment), fields["Bytes per WAL segment"]);
    std::size_t at = 0;
    for (const char* name :
         {"max_connections setting", "max_worker_processes setting", "max_wal_senders setting",
          "max_prepared_xacts setting", "max_locks_per_xact setting"})
      EXPECT_EQ(std::to_string(data->capacities.at(at++)), fields[name]) << name;
    EXPECT_EQ(data->state, State::shut_down);
    EXPECT_EQ(fields["Database cluster state"], "shut down");
  }
}

}  // namespace
