// The small parts of the long actions.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "runtime/bootstrap_messages.hpp"
#include "runtime/child_input.hpp"
#include "runtime/clone_progress.hpp"
#include "runtime/init_environment.hpp"
#include "runtime/private_directory.hpp"
#include "runtime/random.hpp"
#include "runtime_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using runtime_test::Scratch;

TEST(RuntimePrivateDirectory, IsClosedToOthersAndGoneWithItsContent) {
  const Scratch scratch;
  std::filesystem::path path;
  {
    const auto directory = runtime::PrivateDirectory::make({"/nowhere", scratch.path()});
    ASSERT_TRUE(directory) << directory.error();
    path = directory->path();
    EXPECT_EQ(path.parent_path(), scratch.path());
    struct stat found{};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0700U);
    std::ofstream(path / "file") << "text";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RuntimePrivateDirectory, TakesNoPlaceWhereASocketsPathWouldBeTooLong) {
  const Scratch scratch;
  const auto deep = scratch.path() / std::string(70, 'd');
  std::filesystem::create_directory(deep);

  const auto directory = runtime::PrivateDirectory::make({deep});

  ASSERT_FALSE(directory);
  EXPECT_NE(directory.error().find("too long"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(deep));
}

TEST(RuntimeChildInput, AMemoryFileIsReadByItsNumberAndGivesAllThatWasWritten) {
  const auto file = runtime::memory_file("geheim\n");
  ASSERT_TRUE(file);
  const int again = ::open(("/proc/self/fd/" + std::to_string(file->number())).c_str(), O_RDONLY);
  char buffer[16] = {};
  EXPECT_EQ(::read(again, buffer, sizeof buffer), 7);
  ::close(again);
  EXPECT_EQ(runtime::text_of(*file), "geheim\n");
}

TEST(RuntimeRandom, IsHexadecimalAndNeverTheSame) {
  const std::string text = runtime::random_hex(32);
  EXPECT_EQ(text.size(), 64U);
  EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(text, runtime::random_hex(32));
}

TEST(RuntimeInitEnvironment, VariablesAreWholeNames) {
  std::vector<std::string> environment{"PGHOSTADDR=a", "PGHOST=b", "PGHOST=c"};
  EXPECT_EQ(runtime::variable(environment, "PGHOST"), "c");
  runtime::set_variable(environment, "PGHOST", "");
  EXPECT_EQ(runtime::variable(environment, "PGHOST"), "");
  runtime::unset_variable(environment, "PGHOST");
  EXPECT_EQ(environment, std::vector<std::string>{"PGHOSTADDR=a"});
}

TEST(RuntimeInitEnvironment, KeepsThePasswordThatIsThere) {
  core::Settings settings;
  settings.official.password = "from settings";
  const auto environment = [&](std::vector<std::string> given) {
    const runtime::Context context{
        .settings = settings, .server_args = {}, .environment = std::move(given)};
    return runtime::variable(runtime::init_environment(context, "/run/private"), "PGPASSWORD");
  };
  EXPECT_EQ(environment({}), "from settings");
  EXPECT_EQ(environment({"PGPASSWORD="}), "from settings");
  EXPECT_EQ(environment({"PGPASSWORD=own"}), "own");
}

TEST(RuntimeBootstrapMessages, HaveTheWordsThatPeopleSearchFor) {
  EXPECT_TRUE(runtime::password_missing().starts_with(
      "Error: Database is uninitialized and superuser password is not specified.\n"));
  EXPECT_NE(
      runtime::trust_warning().find("WARNING: POSTGRES_HOST_AUTH_METHOD has been set to \"trust\""),
      std::string::npos);
}

TEST(RuntimeCloneProgress, KeepsTheLastErrorOfPgBasebackup) {
  const core::Instant began{};
  runtime::CloneProgress progress("pg-0", began);
  progress.line("      512/2048 kB (25%), 0/1 tablespace", began + 1s);
  EXPECT_EQ(progress.last_message(), "");
  EXPECT_EQ(progress.bytes(), 512U * 1024);
  progress.line("pg_basebackup: error: directory \"/x\" exists but is not empty", began + 2s);
  progress.line("pg_basebackup: removing data directory \"/y\"", began + 2s);
  EXPECT_EQ(progress.last_message(), "error: directory \"/x\" exists but is not empty");
}

TEST(RuntimeCloneProgress, SaysHowFarItIsEveryTenSeconds) {
  const core::Instant began{};
  runtime::CloneProgress progress("pg-0", began);
  testing::internal::CaptureStderr();
  progress.line("    10240/102400 kB (10%), 0/1 tablespace", began + 9s);
  progress.line("    20480/102400 kB (20%), 0/1 tablespace", began + 10s);
  progress.line("    30720/102400 kB (30%), 0/1 tablespace", began + 19s);
  progress.line("   204800/102400 kB (200%), 1/1 tablespace", began + 20s);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
  EXPECT_NE(log.find("bytes=20971520 total_bytes=104857600 percent=20 bytes_per_second=2097152"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("percent=100 bytes_per_second=18874368"), std::string::npos) << log;
}

}  // namespace
