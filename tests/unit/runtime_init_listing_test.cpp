#include <clocale>

#include "runtime/init_listing.hpp"
#include "runtime_fixture.hpp"

namespace {

using runtime::InitKind;
using runtime_test::Scratch;

std::vector<std::string> names(const std::vector<runtime::InitFile>& files) {
  std::vector<std::string> found;
  found.reserve(files.size());
  for (const auto& file : files)
    found.push_back(file.path.filename().string());
  return found;
}

TEST(RuntimeInitListing, KindIsTheEndOfTheNameCaseSensitively) {
  EXPECT_EQ(runtime::kind_of("a.sh", true), InitKind::execute);
  EXPECT_EQ(runtime::kind_of("a.sh", false), InitKind::source);
  EXPECT_EQ(runtime::kind_of("a.sql", false), InitKind::sql);
  EXPECT_EQ(runtime::kind_of("a.sql", true), InitKind::sql);
  EXPECT_EQ(runtime::kind_of("a.sql.gz", false), InitKind::sql_gz);
  EXPECT_EQ(runtime::kind_of("a.sql.xz", false), InitKind::sql_xz);
  EXPECT_EQ(runtime::kind_of("a.sql.zst", false), InitKind::sql_zst);
  for (const char* name : {"a.SQL", "a.Sh", "a.gz", "a.sql.bz2", "a.sh~", "README", "sql", "*"}) {
    EXPECT_EQ(runtime::kind_of(name, true), InitKind::ignore) << name;
  }
}

TEST(RuntimeInitListing, ListsWhatAPatternMatchesInByteOrderInTheCLocale) {
  const Scratch directory;
  for (const char* name : {"b.sql", "a.sql", "B.sql", ".hidden.sql", "10.sh", "9.sh"})
    directory.file(name, "");
  std::filesystem::create_directory(directory.path() / "sub");

  const auto files = runtime::list_init_files(directory.path(), "C.UTF-8");

  ASSERT_TRUE(files);
  EXPECT_EQ(names(*files),
            (std::vector<std::string>{"10.sh", "9.sh", "B.sql", "a.sql", "b.sql", "sub"}));
}

TEST(RuntimeInitListing, OrdersByTheLocaleWhereItCanBeLoaded) {
  const locale_t locale = ::newlocale(LC_COLLATE_MASK, "en_US.UTF-8", locale_t{});
  if (locale == locale_t{}) GTEST_SKIP() << "no locale en_US.UTF-8 here";
  ::freelocale(locale);
  const Scratch directory;
  for (const char* name : {"B.sql", "a.sql", "c.sql"})
    directory.file(name, "");

  const auto files = runtime::list_init_files(directory.path(), "en_US.UTF-8");

  ASSERT_TRUE(files);
  EXPECT_EQ(names(*files), (std::vector<std::string>{"a.sql", "B.sql", "c.sql"}));
}

TEST(RuntimeInitListing, AnUnknownLocaleIsC) {
  const Scratch directory;
  for (const char* name : {"B.sql", "a.sql"})
    directory.file(name, "");

  const auto files = runtime::list_init_files(directory.path(), "xx_YY.nope");

  ASSERT_TRUE(files);
  EXPECT_EQ(names(*files), (std::vector<std::string>{"B.sql", "a.sql"}));
}

TEST(RuntimeInitListing, AnEmptyOrMissingDirectoryGivesThePattern) {
  const Scratch directory;
  for (const auto& path : {directory.path(), directory.path() / "none"}) {
    const auto files = runtime::list_init_files(path, "C");
    ASSERT_TRUE(files);
    EXPECT_EQ(*files,
              (std::vector{runtime::InitFile{.path = path / "*", .kind = InitKind::ignore}}));
  }
}

TEST(RuntimeInitListing, WhatIsNoReadableDirectoryIsAnErrorThatNamesIt) {
  const Scratch directory;
  const auto file = directory.file("file", "");

  const auto files = runtime::list_init_files(file, "C");

  ASSERT_FALSE(files);
  EXPECT_NE(files.error().find(file.string()), std::string::npos);
}

TEST(RuntimeInitListing, TheFirstVariableThatIsNotEmptyNamesTheLocale) {
  EXPECT_EQ(runtime::collation_locale({"LANG=de_DE", "LC_COLLATE=fr_FR", "LC_ALL=C"}), "C");
  EXPECT_EQ(runtime::collation_locale({"LANG=de_DE", "LC_COLLATE=fr_FR", "LC_ALL="}), "fr_FR");
  EXPECT_EQ(runtime::collation_locale({"LANG=de_DE"}), "de_DE");
  EXPECT_EQ(runtime::collation_locale({}), "C");
}

}  // namespace
