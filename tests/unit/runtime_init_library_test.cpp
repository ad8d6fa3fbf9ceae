#include <sys/wait.h>

#include "runtime/init_library.hpp"
#include "runtime_fixture.hpp"

namespace {

using runtime_test::Scratch;

/// What a real bash made of the library and some files.
struct Ran {
  int status = 0;
  std::string output;
  runtime::InitReport report;
};

class RuntimeInitLibrary : public testing::Test {
 protected:
  RuntimeInitLibrary() { runtime_test::fake_psql(scratch); }

  Ran bash(const std::vector<std::filesystem::path>& files,
           const std::string& variables = "") const {
    scratch.file("report", "");
    const std::string library = runtime::init_library("/run/private", {"-c", "work_mem=1MB"});
    std::string command =
        "env -i PATH=" + scratch.path().string() +
        ":/usr/bin:/bin POSTGRES_USER=fred POSTGRES_DB=app PGHOST=elsewhere PGHOSTADDR=10.0.0.1 " +
        variables + " bash -c " + runtime::shell_word(library) + " " +
        std::string(runtime::script_name);
    for (const auto& file : files)
      command += " " + runtime::shell_word(file.string());
    command += " 0<>" + (scratch.path() / "report").string() + " 2>&1";
    Ran ran;
    FILE* pipe = ::popen(command.c_str(), "r");
    char buffer[4096];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
      ran.output.append(buffer, got);
    const int status = ::pclose(pipe);
    ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ran.report = runtime::parse_init_report(scratch.text("report"));
    return ran;
  }

  Scratch scratch;
};

TEST_F(RuntimeInitLibrary, SourcedFilesShareVariablesAndExecutedOnesDoNot) {
  const auto first =
      scratch.file("1.sh", "LEAK=leaked\ndeclare DECLARED=too\nexport GIVEN=given\n");
  const auto second = scratch.file("2.sh", "echo \"second $LEAK $DECLARED\"\n");
  const auto third = scratch.file("3.sh", "#!/bin/sh\necho \"third ${LEAK-none} $GIVEN\"\n", true);

  const Ran ran = bash({first, second, third});

  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.report.done);
  EXPECT_NE(ran.output.find("second leaked too\n"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("third none given\n"), std::string::npos) << ran.output;
}

TEST_F(RuntimeInitLibrary, SaysWhatItDoesInTheOfficialScriptsForm) {
  const auto script = scratch.file("1.sh", "");
  const auto sql = scratch.file("2.sql", "select 1;\n");
  const auto other = scratch.file("3.txt", "");

  const Ran ran = bash({script, sql, other});

  const std::string prefix = "/usr/local/bin/docker-entrypoint.sh: ";
  EXPECT_NE(ran.output.find("\n" + prefix + "sourcing " + script.string() + "\n"),
            std::string::npos)
      << ran.output;
  EXPECT_NE(ran.output.find("\n" + prefix + "running " + sql.string() + "\n"), std::string::npos);
  EXPECT_NE(ran.output.find("\n" + prefix + "ignoring " + other.string() + "\n"),
            std::string::npos);
}

TEST_F(RuntimeInitLibrary, SqlGoesToTheTemporaryServerWhateverTheEnvironmentNames) {
  const auto sql = scratch.file("1.sql", "select 1;\n");
  const auto script = scratch.file("2.sh", "\"${psql[@]}\" <<< 'select 2;'\n");

  const Ran ran = bash({sql, script});

  EXPECT_EQ(ran.status, 0);
  const std::string options =
      "PGHOST=/run/private PGHOSTADDR= -v ON_ERROR_STOP=1 --username fred --no-password "
      "--no-psqlrc --dbname app";
  EXPECT_EQ(scratch.text("psql.log"),
            options + " -f " + sql.string() + "\nselect 1;\n" + options + "\nselect 2;\n");
}

TEST_F(RuntimeInitLibrary, UnpacksIntoPsql) {
  const auto sql = scratch.file("1.sql", "select 1;\n");
  ASSERT_EQ(std::system(("gzip " + sql.string()).c_str()), 0);

  const Ran ran = bash({scratch.path() / "1.sql.gz", scratch.file("2.sh", "")});

  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(scratch.text("psql.log").find("\nselect 1;\n"), std::string::npos);
}

TEST_F(RuntimeInitLibrary, AFailingFileEndsItWithItsStatus) {
  const auto never = scratch.file("9.sh", "echo never\n");
  struct Case {
    const char* name;
    const char* text;
    int status;
  };
  for (const Case& failing :
       {Case{"false.sh", "false\n", 1}, Case{"pipe.sh", "(exit 4) | cat\n", 4},
        Case{"return.sh", "return 5\n", 5}, Case{"exit.sh", "exit 6\n", 6},
        Case{"fails.sql", "fail;\n", 3}}) {
    const auto file = scratch.file(failing.name, failing.text);
    const Ran ran = bash({file, never});
    EXPECT_EQ(ran.status, failing.status) << failing.name;
    EXPECT_FALSE(ran.report.done) << failing.name;
    EXPECT_EQ(ran.report.last_file, file.string());
    EXPECT_EQ(ran.output.find("never"), std::string::npos);
    EXPECT_EQ(ran.output.find("pop_var_context"), std::string::npos);
  }
}

TEST_F(RuntimeInitLibrary, AScriptMaySwitchErrexitOff) {
  const Ran ran = bash({scratch.file(
      "1.sh", "set +e\nfalse\necho on\nset -e\nif false; then :; fi; false || true\n")});

  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.report.done);
  EXPECT_NE(ran.output.find("on\n"), std::string::npos);
}

TEST_F(RuntimeInitLibrary, ASourcedExitIsNotTheEnd) {
  const Ran ran = bash({scratch.file("1.sh", "exit 0\n"), scratch.file("2.sh", "")});

  EXPECT_EQ(ran.status, 0);
  EXPECT_FALSE(ran.report.done);
  EXPECT_EQ(ran.report.last_file, (scratch.path() / "1.sh").string());
}

TEST_F(RuntimeInitLibrary, FileEnvReadsTheVariableItsFileOrTheDefault) {
  scratch.file("secret", "from file\n\n");
  const auto script =
      scratch.file("1.sh", "file_env A a; file_env B; file_env C c\nenv | grep '^[ABC]' | sort\n");

  const Ran ran = bash({script}, "A=given B_FILE=" + (scratch.path() / "secret").string());

  EXPECT_NE(ran.output.find("A=given\nB=from file\nC=c\n\n"), std::string::npos) << ran.output;
}

TEST_F(RuntimeInitLibrary, FileEnvRefusesBothForms) {
  const Ran ran = bash({scratch.file("1.sh", "file_env A\n")}, "A=a A_FILE=/x");

  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.output.find("error: both A and A_FILE are set (but are exclusive)\n"),
            std::string::npos);
}

TEST_F(RuntimeInitLibrary, HasTheOfficialScriptsFunctions) {
  std::string script;
  for (const char* name :
       {"file_env", "_is_sourced", "docker_create_db_directories", "docker_init_database_dir",
        "docker_verify_minimum_env", "docker_error_old_databases", "docker_process_init_files",
        "docker_process_sql", "docker_setup_db", "docker_setup_env", "pg_setup_hba_conf",
        "docker_temp_server_start", "docker_temp_server_stop", "_pg_want_help", "_main"}) {
    script += std::string("declare -F ") + name + " > /dev/null || echo missing " + name + "\n";
  }

  const Ran ran = bash({scratch.file("1.sh", script)});

  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output.find("missing"), std::string::npos) << ran.output;
}

TEST_F(RuntimeInitLibrary, ATemporaryServerStartsAgainWithWhatItHad) {
  scratch.file("pg_ctl", "#!/bin/sh\nfor word; do echo \"[$word]\"; done\n", true);

  const Ran ran = bash({scratch.file("1.sh", "docker_temp_server_start postgres -c 'a=b c'\n")},
                       "PGDATA=/data");

  EXPECT_NE(
      ran.output.find("[-D]\n[/data]\n[-o]\n[-c a=b\\ c '-c' 'work_mem=1MB' ]\n[-w]\n[start]\n"),
      std::string::npos)
      << ran.output;
}

TEST_F(RuntimeInitLibrary, ManyFilesFillNoPipe) {
  const std::vector<std::filesystem::path> files(
      2000, scratch.file("a-rather-long-name-of-a-file.sh", ""));

  const Ran ran = bash(files);

  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.report.done);
}

TEST(RuntimeShellWord, IsOneWord) {
  EXPECT_EQ(runtime::shell_word("a b"), "'a b'");
  EXPECT_EQ(runtime::shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(runtime::shell_word(""), "''");
}

}  // namespace
