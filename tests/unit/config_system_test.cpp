#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "config/load.hpp"

namespace {

TEST(ConfigSystem, ReadsFilesAndRefusesWhatCouldBlockOrIsHuge) {
  char directory_template[] = "/tmp/pgordinal-config-XXXXXX";
  const std::string directory = ::mkdtemp(directory_template);
  const config::Input input = config::system_input({});
  std::ofstream(directory + "/file") << "text\n";
  std::ofstream(directory + "/huge") << std::string((std::size_t{1} << 20) + 1, 'x');
  ASSERT_EQ(::mkfifo((directory + "/pipe").c_str(), 0600), 0);

  EXPECT_EQ(input.read_file(directory + "/file").value_or(""), "text\n");
  EXPECT_EQ(input.read_file(directory + "/huge").error(), std::errc::file_too_large);
  EXPECT_EQ(input.read_file(directory + "/pipe").error(), std::errc::not_supported);
  EXPECT_EQ(input.read_file(directory).error(), std::errc::is_a_directory);
  EXPECT_EQ(input.read_file(directory + "/none").error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(input.read_file("/dev/zero").error(), std::errc::not_supported);
  std::filesystem::remove_all(directory);
}

TEST(ConfigSystem, HasTheEnvironment) {
  ::setenv("PGORDINAL_CONFIG_SYSTEM_TEST", "a=b", 1);
  const config::Input input = config::system_input({});
  ::unsetenv("PGORDINAL_CONFIG_SYSTEM_TEST");
  const std::pair<std::string, std::string> wanted{"PGORDINAL_CONFIG_SYSTEM_TEST", "a=b"};
  EXPECT_EQ(std::ranges::count(input.environment, wanted), 1);
  EXPECT_FALSE(input.host_name.empty());
}

}  // namespace
