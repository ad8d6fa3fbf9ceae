#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "config/given.hpp"
#include "config/keys.hpp"
#include "config_fixture.hpp"

using testing::HasSubstr;
using testing::IsEmpty;

namespace {

/// `#name = value` lines without their comment sign; the examples of keys without a default stay
/// comments.
std::string with_defaults_in_force(const std::string& documented) {
  std::istringstream lines(documented);
  std::string result, line;
  while (std::getline(lines, line)) {
    const bool is_default = line.size() > 1 && line[0] == '#' && line[1] != ' ' &&
                            line.find("  # an example") == std::string::npos;
    result += (is_default ? line.substr(1) : line) + "\n";
  }
  return result;
}

TEST(ConfigKeys, EveryNameAndVariableIsThereOnce) {
  std::set<std::string> names;
  for (const config::Key& row : config::keys()) {
    EXPECT_TRUE(names.insert(config::full_name(row)).second);
    EXPECT_TRUE(names.insert(config::environment_variable(row)).second);
    EXPECT_FALSE(row.documentation.empty()) << config::full_name(row);
    EXPECT_EQ(config::find_key(row.section, row.name), &row);
  }
  EXPECT_EQ(config::find_key("stop", "x"), nullptr);
}

TEST(ConfigKeys, DefaultsAreThoseOfTheSettingsAndAreAllowed) {
  for (const config::Key& row : config::keys()) {
    if (row.standard.empty() || row.standard == "[]") continue;
    EXPECT_NE(config::standard_value(row).text, "") << config::full_name(row);
  }
  const core::Settings defaults;
  const core::Settings loaded = Container{}.loaded().settings;
  EXPECT_EQ(loaded.cluster.primary, defaults.cluster.primary);
  EXPECT_EQ(loaded.cluster.max_members, defaults.cluster.max_members);
  EXPECT_EQ(loaded.cluster.peer_timeout, defaults.cluster.peer_timeout);
  EXPECT_EQ(loaded.replication.user, defaults.replication.user);
  EXPECT_EQ(loaded.replication.hot_standby, defaults.replication.hot_standby);
  EXPECT_EQ(loaded.replication.max_slot_wal_keep_size.bytes,
            defaults.replication.max_slot_wal_keep_size.bytes);
  EXPECT_EQ(loaded.replication.slot_retention, defaults.replication.slot_retention);
  EXPECT_EQ(loaded.replication.clone_max_rate_kib, defaults.replication.clone_max_rate_kib);
  EXPECT_EQ(loaded.stop.fast, defaults.stop.fast);
  EXPECT_EQ(loaded.stop.immediate, defaults.stop.immediate);
  EXPECT_EQ(loaded.volume.keeps_reserve, defaults.volume.keeps_reserve);
  EXPECT_EQ(loaded.volume.reserve, defaults.volume.reserve);
  EXPECT_EQ(loaded.log.level, defaults.log.level);
  EXPECT_EQ(loaded.log.format, defaults.log.format);
}

// UPDATE=1 in the environment writes the file anew.
TEST(ConfigKeys, DocumentedFileIsMadeFromTheTable) {
  const std::string path = std::string(PGORDINAL_SOURCE_DIR) + "/config/pgordinal.toml";
  if (std::getenv("UPDATE") != nullptr) std::ofstream(path) << config::documented_file();
  std::ostringstream shipped;
  shipped << std::ifstream(path).rdbuf();
  EXPECT_EQ(shipped.str(), config::documented_file()) << "run unit_tests with UPDATE=1";
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// UPDATE=1 here, too.
TEST(ConfigKeys, TheTableInTheReadmeIsMadeFromTheTable) {
  const std::string path = std::string(PGORDINAL_SOURCE_DIR) + "/README.md";
  const std::string begin = "<!-- settings -->\n", end = "<!-- end of settings -->\n";
  std::string readme = text_of(path);
  const auto from = readme.find(begin), to = readme.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  const std::string shipped = readme.substr(from + begin.size(), to - from - begin.size());
  if (std::getenv("UPDATE") != nullptr) {
    std::ofstream(path) << readme.replace(from + begin.size(), shipped.size(),
                                          config::readme_table());
  }
  EXPECT_EQ(shipped, config::readme_table()) << "run unit_tests with UPDATE=1";
}

TEST(ConfigKeys, DocumentedFileIsAllowedAsItIsAndWithItsDefaultsInForce) {
  EXPECT_THAT(with_file(config::documented_file()).problems(), IsEmpty());
  const Container in_force = with_file(with_defaults_in_force(config::documented_file()));
  EXPECT_THAT(in_force.problems(), IsEmpty());
  EXPECT_EQ(effective(in_force.loaded(), "stop.fast_timeout")->origin.substr(0, 4), "/etc");
}

TEST(ConfigKeys, HelpHasEveryVariable) {
  for (const config::Key& row : config::keys())
    EXPECT_THAT(config::help(), HasSubstr(config::environment_variable(row)));
}

}  // namespace
