#include "process_fixture.hpp"
#include "runtime/init_files.hpp"
#include "runtime_fixture.hpp"

namespace {

using boost::asio::awaitable;
using runtime_test::Scratch;

/// run_init_files with real children and a psql that only takes notes.
class RuntimeInitFiles : public process_test::Loop {
 protected:
  RuntimeInitFiles() {
    runtime_test::fake_psql(bin);
    settings.official.pgdata = "/data";
    settings.official.user = "fred";
    settings.official.database = "app";
    settings.official.password = "secret";
  }

  runtime::Outcome<> run_all() {
    const runtime::Context context{
        .settings = settings,
        .server_args = {},
        .environment = {"PATH=" + bin.path().string() + ":/usr/bin:/bin",
                        "POSTGRES_PASSWORD_FILE=/run/secret", "PGHOSTADDR=10.0.0.1", "USERS=own"}};
    runtime::LongRun long_run(loop.get_executor(), reaper);
    runtime::Outcome<> outcome;
    run([&]() -> awaitable<void> {
      auto listed = runtime::list_init_files(files.path(), "C");
      outcome = runtime::check_init_files(context, *listed);
      if (outcome)
        outcome = co_await runtime::run_init_files(long_run, context, *listed, "/run/private", {});
    });
    return outcome;
  }

  core::Settings settings;
  Scratch bin;
  Scratch files;
};

TEST_F(RuntimeInitFiles, RunsThemInOrderWithTheResolvedEnvironment) {
  files.file("1.sh",
             "#!/bin/sh\necho \"$POSTGRES_USER $POSTGRES_DB $POSTGRES_PASSWORD "
             "${POSTGRES_PASSWORD_FILE-gone} $PGPASSWORD "
             "$PGHOST $PGHOSTADDR $USERS\" >> " +
                 (bin.path() / "psql.log").string() + "\n",
             true);
  files.file("2.sql", "select 2;\n");
  files.file("3.txt", "");

  const auto outcome = run_all();

  EXPECT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(bin.text("psql.log"),
            "fred app secret gone secret /run/private  own\n"
            "PGHOST=/run/private PGHOSTADDR= -v ON_ERROR_STOP=1 --username fred --no-password "
            "--no-psqlrc --dbname app -f " +
                (files.path() / "2.sql").string() + "\nselect 2;\n");
}

TEST_F(RuntimeInitFiles, AScriptWithoutInterpreterLineIsAShells) {
  files.file("1.sh", "echo ran > " + (bin.path() / "ran").string() + "\n", true);

  EXPECT_TRUE(run_all());

  EXPECT_EQ(bin.text("ran"), "ran\n");
}

TEST_F(RuntimeInitFiles, UnpacksIntoPsqlAndJudgesBoth) {
  const auto sql = files.file("1.sql", "select 1;\n");
  ASSERT_EQ(std::system(("gzip " + sql.string()).c_str()), 0);
  EXPECT_TRUE(run_all());
  EXPECT_NE(bin.text("psql.log").find("\nselect 1;\n"), std::string::npos);

  files.file("1.sql.gz", "this is not packed");
  const auto outcome = run_all();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().exit_code, 1);
}

TEST_F(RuntimeInitFiles, AFailingFileEndsItWithItsStatusAndItsName) {
  files.file("1.sql", "fail;\n");
  files.file("2.sql", "select 2;\n");

  const auto outcome = run_all();

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().exit_code, 3);
  EXPECT_NE(outcome.error().message.find("1.sql failed: exit code 3"), std::string::npos)
      << outcome.error().message;
  EXPECT_EQ(bin.text("psql.log").find("select 2"), std::string::npos);
}

TEST_F(RuntimeInitFiles, ASourcedExitIsAFailureThatNamesTheFile) {
  files.file("1.sh", "exit 0\n");
  files.file("2.sql", "select 2;\n");

  const auto outcome = run_all();

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().exit_code, 1);
  EXPECT_NE(outcome.error().message.find((files.path() / "1.sh").string()), std::string::npos);
  EXPECT_EQ(bin.text("psql.log"), "");
}

TEST_F(RuntimeInitFiles, AFileToBeSourcedWithoutBashIsRefusedBeforeAnythingRuns) {
  const auto script = files.file("1.sh", "");
  const runtime::Context context{
      .settings = settings, .server_args = {}, .environment = {"PATH=/nowhere"}};

  const auto outcome =
      runtime::check_init_files(context, *runtime::list_init_files(files.path(), "C"));

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().exit_code, 127);
  EXPECT_NE(outcome.error().message.find(script.string() + " is not executable"),
            std::string::npos);
}

TEST_F(RuntimeInitFiles, AMissingUnpackerIsRefusedBeforeAnythingRuns) {
  files.file("1.sql.zst", "");
  const runtime::Context context{
      .settings = settings, .server_args = {}, .environment = {"PATH=/nowhere"}};

  const auto outcome =
      runtime::check_init_files(context, *runtime::list_init_files(files.path(), "C"));

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().exit_code, 127);
  EXPECT_NE(outcome.error().message.find("1.sql.zst needs zstd"), std::string::npos);
}

TEST_F(RuntimeInitFiles, AStopEndsAScriptThatIgnoresSigterm) {
  files.file("1.sh",
             "#!/bin/sh\ntrap '' TERM\necho started > " + (bin.path() / "started").string() +
                 "\nsleep 100\n",
             true);
  const runtime::Context context{
      .settings = settings, .server_args = {}, .environment = {"PATH=/usr/bin:/bin"}};
  runtime::LongRun long_run(loop.get_executor(), reaper);
  runtime::Outcome<> outcome;
  bool ended = false;
  boost::asio::co_spawn(
      loop,
      [&]() -> awaitable<void> {
        outcome = co_await runtime::run_init_files(
            long_run, context, *runtime::list_init_files(files.path(), "C"), "/run/private", {});
        ended = true;
      },
      boost::asio::detached);
  run_until([&] { return !bin.text("started").empty(); });

  long_run.stop(false);
  loop.run_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(ended);
  long_run.stop(true);
  run_until([&] { return ended; });

  EXPECT_FALSE(outcome);
  EXPECT_FALSE(long_run.start(shell("true")));
}

}  // namespace
