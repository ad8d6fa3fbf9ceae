#pragma once

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace runtime_test {

/// A directory of a test's own, gone with it.
class Scratch {
 public:
  Scratch() {
    std::string name = "/tmp/pgordinal-test.XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  std::filesystem::path file(std::string_view name, std::string_view text,
                             bool executable = false) const {
    const std::filesystem::path path = path_ / name;
    std::ofstream(path) << text;
    const auto mode =
        executable ? std::filesystem::perms::owner_all
                   : std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
    std::filesystem::permissions(path, mode);
    return path;
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    std::ifstream file(path_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

/// A psql that notes its arguments and what it reads, in the file `psql.log` beside it, and fails
/// with 3 where a statement says `fail`.
inline void fake_psql(const Scratch& bin) {
  bin.file("psql",
           "#!/bin/sh\nlog=\"$(dirname \"$0\")/psql.log\"\necho \"PGHOST=$PGHOST "
           "PGHOSTADDR=$PGHOSTADDR $*\" >> \"$log\"\n"
           "file=-; while [ $# -gt 0 ]; do [ \"$1\" = -f ] && file=$2; shift; done\n"
           "cat \"$file\" | tee -a \"$log\" | if grep -q fail; then exit 3; fi\n",
           true);
}

}  // namespace runtime_test
