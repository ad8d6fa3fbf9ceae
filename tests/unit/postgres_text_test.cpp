// Reading and writing other people's text: words of a shell, postgresql.conf, the command line,
// mountinfo.

#include <cstdlib>
#include <fstream>

#include "postgres/conf_text.hpp"
#include "postgres/name_lookup.hpp"
#include "postgres/old_data.hpp"
#include "postgres/words.hpp"

namespace {

namespace fs = std::filesystem;
using postgres::BlockPlace;
using postgres::Parameters;
using postgres::with_block;
using Words = std::vector<std::string>;

TEST(NameServers, AreNamedByLinesOfResolvConf) {
  for (const char* text : {"nameserver 10.96.0.10\n", "search x\nnameserver\tfd00::a"})
    EXPECT_TRUE(postgres::names_a_name_server(text)) << text;
  for (const char* text : {"", "search x\noptions ndots:5\n", "# nameserver 10.96.0.10\n",
                           "nameserver", "nameserver  \n", "nameservers 10.96.0.10"})
    EXPECT_FALSE(postgres::names_a_name_server(text)) << text;
}

TEST(Words, AreSplitAsAShellDoes) {
  EXPECT_EQ(postgres::split_words("").value(), Words{});
  EXPECT_EQ(postgres::split_words("  --a  -b\t-c\n").value(), (Words{"--a", "-b", "-c"}));
  EXPECT_EQ(postgres::split_words(R"(--locale='de DE' -E "UTF 8" a\ b)").value(),
            (Words{"--locale=de DE", "-E", "UTF 8", "a b"}));
  EXPECT_EQ(postgres::split_words(R"('' "" x''y)").value(), (Words{"", "", "xy"}));
  EXPECT_EQ(postgres::split_words(R"("a\"b\\c\d" '\n$`')").value(),
            (Words{R"(a"b\c\d)", R"(\n$`)"}));
  EXPECT_EQ(postgres::split_words("a\\\nb \"c\\\nd\"").value(), (Words{"ab", "cd"}));
  EXPECT_EQ(postgres::split_words("a#b x~ {1}").value(), (Words{"a#b", "x~", "{1}"}));
}

TEST(Words, WhatOnlyAShellCouldDoIsRefusedByName) {
  for (const char* text : {"$X", "\"$X\"", "`id`", "a;b", "a|b", "a&", "<f", ">f", "*", "?", "[a]",
                           "~", "#c", "(a)"}) {
    const auto words = postgres::split_words(text);
    ASSERT_FALSE(words) << text;
    EXPECT_THAT(words.error(), testing::HasSubstr("shell"));
  }
  for (const char* text : {"'a", "\"a", "a\\", "\"a\\"})
    EXPECT_FALSE(postgres::split_words(text)) << text;
}

TEST(ConfText, ValuesAreQuotedAsPostgresReadsThem) {
  EXPECT_EQ(postgres::quote_value("it's"), "'it''s'");
  EXPECT_EQ(postgres::quote_value("a\\b\nc"), "'a\\\\b\\nc'");
  EXPECT_EQ(postgres::parameters_in("x = " + postgres::quote_value("a\\b\n'c'")),
            (Parameters{{"x", "a\\b\n'c'"}}));
}

TEST(ConfText, ParametersAreReadAsPostgresReadsThem) {
  const Parameters read = postgres::parameters_in(
      "# comment\n#port = 1\n  Shared_Buffers=128MB # c\nport 5433\nlog_line_prefix = '%m [%p] "
      "''x'''\n"
      "listen_addresses = '*'\r\nmy.name = on\nport = 5434\nbad line here\nbroken = 'x\nempty "
      "=\nlast = 1");
  EXPECT_EQ(read, (Parameters{{"shared_buffers", "128MB"},
                              {"port", "5434"},
                              {"log_line_prefix", "%m [%p] 'x'"},
                              {"listen_addresses", "*"},
                              {"my.name", "on"},
                              {"bad", "line"},
                              {"last", "1"}}));
}

TEST(ConfText, IncludesAreFollowedExceptOurs) {
  std::string name = "/tmp/pgordinal-test-XXXXXX";
  const fs::path top = mkdtemp(name.data());
  const auto put = [&top](const std::string& file, const std::string& text) {
    fs::create_directories((top / file).parent_path());
    std::ofstream(top / file) << text;
  };
  put("main.conf",
      "a = 1\ninclude 'b.conf'\ninclude_dir = 'd'\ninclude_if_exists 'none'\n"
      "include_if_exists = 'pgordinal.conf'\ninclude 'loop.conf'\n");
  put("loop.conf", "include 'loop.conf'\n");
  put("b.conf", "a = 2\nb = 2\n");
  put("d/1.conf", "c = 3\n");
  put("d/.2.conf", "d = 4\n");
  put("d/3.txt", "d = 4\n");
  put("pgordinal.conf", "listen_addresses = '*'\n");
  const Parameters read = postgres::parameters_of(top / "main.conf");
  fs::remove_all(top);
  EXPECT_EQ(read, (Parameters{{"a", "2"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(postgres::parameters_of("/nonexistent"), Parameters{});
}

TEST(ConfText, TheCommandLineIsReadAsPostgresReadsIt) {
  EXPECT_EQ(postgres::parameters_on(
                {"-c", "work-mem=1MB", "--Max-Connections=5", "-p5444", "-h", "::1", "-B", "7"}),
            (Parameters{{"work_mem", "1MB"},
                        {"max_connections", "5"},
                        {"port", "5444"},
                        {"listen_addresses", "::1"},
                        {"shared_buffers", "7"}}));
  EXPECT_EQ(
      postgres::parameters_on({"-iF", "-N", "9", "-D", "-c", "-k/run", "-csynchronous_commit=off"}),
      (Parameters{{"listen_addresses", "*"},
                  {"fsync", "off"},
                  {"max_connections", "9"},
                  {"unix_socket_directories", "/run"},
                  {"synchronous_commit", "off"}}));
  EXPECT_EQ(postgres::parameters_on({"-D", "/x", "-c"}), Parameters{});
}

TEST(ConfText, OurBlockComesGoesAndChangesAndTheRestStays) {
  for (const std::string text : {"", "a\n", "a\nno newline at the end", "\n\n"}) {
    const std::string bottom = with_block(text, "x = 1\n", BlockPlace::bottom);
    EXPECT_TRUE(bottom.starts_with(text));
    EXPECT_THAT(bottom, testing::HasSubstr("\nx = 1\n"));
    EXPECT_EQ(with_block(bottom, "x = 1\n", BlockPlace::bottom), bottom);
    const std::string top = with_block(text, "y\nz", BlockPlace::top);
    EXPECT_TRUE(top.ends_with("\n" + text));
    EXPECT_EQ(with_block(top, "", BlockPlace::top), text);
    EXPECT_EQ(with_block(with_block(top, "new\n", BlockPlace::top), "", BlockPlace::top), text);
    const std::string both = with_block(bottom, "y\n", BlockPlace::top);
    EXPECT_EQ(with_block(both, "", BlockPlace::top), bottom);
  }
}

TEST(ConfText, WhatTheUserWroteBehindOurBlockStaysBehindIt) {
  const std::string text = with_block("a\n", "x = 1\n", BlockPlace::bottom) + "user's later line\n";
  const std::string changed = with_block(text, "x = 2\n", BlockPlace::bottom);
  EXPECT_TRUE(changed.ends_with("user's later line\n"));
  EXPECT_THAT(changed, testing::HasSubstr("x = 2"));
  EXPECT_THAT(changed, testing::Not(testing::HasSubstr("x = 1")));
  EXPECT_EQ(with_block(text, "", BlockPlace::bottom), "a\nuser's later line\n");
}

TEST(ConfText, ABlockWhoseEndWasLostIsNotTaken) {
  const std::string text = "# pgordinal: begin of last lines\nuser = 1\n";
  EXPECT_TRUE(with_block(text, "x\n", BlockPlace::bottom).starts_with(text));
}

TEST(ConfText, SizesHaveUnits) {
  EXPECT_EQ(postgres::parse_size("16", 1024), 16384U);
  EXPECT_EQ(postgres::parse_size("1 GB", 1), 1073741824U);
  EXPECT_EQ(postgres::parse_size("8kB", 1), 8192U);
  EXPECT_EQ(postgres::parse_size("8 kb", 1), std::nullopt);
  EXPECT_EQ(postgres::parse_size("99999999999TB", 1), std::nullopt);
  EXPECT_EQ(postgres::parse_size("-1", 1), std::nullopt);
}

class OldData : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/pgordinal-test-XXXXXX";
    top = mkdtemp(name.data());
    places = {.home = top / "postgresql", .mountinfo = top / "mountinfo"};
    fs::create_directories(places.home / "data");
    mountinfo("22 1 254:0 / / rw - ext4 /dev/vda rw\n");
  }
  void TearDown() override { fs::remove_all(top); }
  void mountinfo(const std::string& text) const { std::ofstream(places.mountinfo) << text; }
  void cluster(const std::string& where) const {
    fs::create_directories(places.home / where);
    std::ofstream(places.home / where / "PG_VERSION") << "17\n";
  }
  [[nodiscard]] std::string error(const std::string& major) const {
    return postgres::old_data_error((places.home / major / "docker").native(), major, places)
        .value_or("");
  }
  fs::path top;
  postgres::OldDataPlaces places;
};

TEST_F(OldData, Clause31NothingOldIsNoError) {
  EXPECT_EQ(error("18"), "");
  std::ofstream(places.home / "data/PG_VERSION") << "";  // empty: not a cluster
  EXPECT_EQ(error("18"), "");
}

TEST_F(OldData, Clause31FindsClustersOfTheOldLayout) {
  cluster("data");
  EXPECT_THAT(error("18"),
              testing::HasSubstr("\n         " + (places.home / "data").string() + "\n"));
  EXPECT_THAT(error("17"), testing::HasSubstr("there appears to be PostgreSQL data in"));
  cluster("17/docker");
  EXPECT_THAT(error("18"), testing::HasSubstr((places.home / "data").string() + " " +
                                              (places.home / "17/docker").string()));
}

TEST_F(OldData, Clause31AlsoFindsTheNewLayoutOnTheOldMountPoint) {
  cluster("data/18/docker");
  EXPECT_THAT(error("18"), testing::HasSubstr("data/18/docker"));
}

TEST_F(OldData, Clause31AMountThatNobodyWouldUseIsFoundFrom18On) {
  mountinfo("9 1 254:0 /a " + (places.home / "data").string() + " rw - ext4 /dev/vda rw\n");
  EXPECT_THAT(error("18"), testing::HasSubstr("data (unused mount/volume)"));
  EXPECT_EQ(error("17"), "");
}

TEST_F(OldData, Clause31AnyOtherPgdataIsNobodysBusiness) {
  cluster("data");
  EXPECT_EQ(postgres::old_data_error((places.home / "data").native(), "18", places), std::nullopt);
  EXPECT_EQ(postgres::old_data_error((places.home / "18/docker").native(), "17", places),
            std::nullopt);
  EXPECT_EQ(postgres::old_data_error((places.home / "18/docker").native(), "", places),
            std::nullopt);
}

TEST(MountInfo, NamesAreCompared) {
  const char* text =
      "1 2 0:1 / /a\\040b rw - tmpfs none rw\n2 2 0:1 /sub /var/lib/postgresql/data rw,x master:1 "
      "- ext4 d rw";
  EXPECT_TRUE(postgres::is_mount_point(text, "/a b"));
  EXPECT_TRUE(postgres::is_mount_point(text, "/var/lib/postgresql/data"));
  EXPECT_FALSE(postgres::is_mount_point(text, "/var/lib/postgresql"));
  EXPECT_FALSE(postgres::is_mount_point("", "/"));
}

}  // namespace
