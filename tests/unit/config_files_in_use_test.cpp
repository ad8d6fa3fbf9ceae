// Files of the settings that change under a running process, as Kubernetes changes them.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "config/files_in_use.hpp"

namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class FilesInUse : public testing::Test {
 protected:
  FilesInUse() {
    char name[] = "/tmp/pgordinal-files-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~FilesInUse() override { fs::remove_all(directory_); }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
  }
  /// What kubelet does: a new directory, a new link beside `..data`, renamed over it.
  void swap_data(const std::string& version, const std::string& text) const {
    fs::create_directory(directory_ / version);
    write(version + "/password", text);
    fs::create_directory_symlink(version, directory_ / "..data_tmp");
    fs::rename(directory_ / "..data_tmp", directory_ / "..data");
  }

  bool readable_ = true;
  fs::path directory_;
  config::FilesInUse files_{
      [this](const std::string& path) -> std::expected<std::string, std::error_code> {
        if (!readable_) return std::unexpected(make_error_code(std::errc::permission_denied));
        std::ifstream file(path);
        if (!file) return std::unexpected(make_error_code(std::errc::no_such_file_or_directory));
        return std::string(std::istreambuf_iterator<char>(file), {});
      }};
};

TEST_F(FilesInUse, AMountedSecretThatIsSwappedHasChanged) {
  swap_data("..1", "old");
  fs::create_symlink("..data/password", path("password"));
  ASSERT_EQ(files_.reader()(path("password")), "old");
  EXPECT_THAT(files_.changed(), IsEmpty());

  swap_data("..2", "new");

  EXPECT_THAT(files_.changed(), ElementsAre(path("password")));
  files_.begin();
  EXPECT_EQ(files_.reader()(path("password")), "new");
  EXPECT_THAT(files_.changed(), IsEmpty());
}

TEST_F(FilesInUse, AFileThatComesOrGoesHasChanged) {
  write("here", "x");
  ASSERT_TRUE(files_.reader()(path("here")));
  ASSERT_FALSE(files_.reader()(path("not yet")));
  EXPECT_THAT(files_.changed(), IsEmpty());

  fs::remove(path("here"));
  write("not yet", "y");

  EXPECT_THAT(files_.changed(), ElementsAre(path("here"), path("not yet")));
}

TEST_F(FilesInUse, AFileWrittenInPlaceHasChanged) {
  write("file", "one");
  ASSERT_TRUE(files_.reader()(path("file")));

  write("file", "three");

  EXPECT_THAT(files_.changed(), ElementsAre(path("file")));
}

TEST_F(FilesInUse, WhatOnlyRootMayReadIsRememberedForAsLongAsItIsTheSameFile) {
  write("secret", "old");
  ASSERT_EQ(files_.reader()(path("secret")), "old");
  readable_ = false;  // root was given up

  files_.begin();
  EXPECT_EQ(files_.reader()(path("secret")), "old");
  files_.begin();
  EXPECT_EQ(files_.reader()(path("secret")), "old") << "and again";

  write("secret", "newer");
  EXPECT_THAT(files_.changed(), ElementsAre(path("secret")));
  files_.begin();
  EXPECT_EQ(files_.reader()(path("secret")).error(), std::errc::permission_denied);
  EXPECT_THAT(files_.changed(), IsEmpty()) << "it is said once";
}

TEST_F(FilesInUse, AFileThatIsNotReadAnyMoreIsForgotten) {
  write("file", "one");
  ASSERT_TRUE(files_.reader()(path("file")));

  files_.begin();
  fs::remove(path("file"));

  EXPECT_THAT(files_.changed(), IsEmpty());
}

}  // namespace
