#include "runtime/borrowed_name.hpp"

#include <glob.h>
#include <unistd.h>

#include "log/log.hpp"
#include "postgres/files.hpp"
#include "process/privileges.hpp"
#include "runtime/init_environment.hpp"

namespace runtime {
namespace {

std::string nss_wrapper() {
  std::string found;
  glob_t matches{};
  if (::glob("{/usr,}/lib{/*,}/libnss_wrapper.so", GLOB_BRACE, nullptr, &matches) == 0 &&
      matches.gl_pathc > 0) {
    found = matches.gl_pathv[0];
  }
  ::globfree(&matches);
  return found;
}

}  // namespace

BorrowedName BorrowedName::make(const std::filesystem::path& pgdata) {
  BorrowedName name;
  const uid_t uid = ::geteuid();
  if (process::find_account(uid)) return name;
  const std::string library = nss_wrapper();
  if (library.empty()) {
    logs::event(logs::Level::warning, "uid_without_name", {{"uid", uid}},
                "this uid has no entry in /etc/passwd and the image has no libnss_wrapper.so: "
                "initdb will refuse. Add an "
                "entry, or run as the image's postgres user");
    return name;
  }
  auto files = PrivateDirectory::make({"/tmp", "/var/run/postgresql", pgdata});
  if (!files) return name;
  const std::string ids = std::to_string(uid) + ":" + std::to_string(::getegid());
  const auto passwd = postgres::write_file_atomically(
      files->path() / "passwd",
      "postgres:x:" + ids + ":PostgreSQL:" + pgdata.string() + ":/bin/false\n", 0600);
  const auto group = postgres::write_file_atomically(
      files->path() / "group", "postgres:x:" + std::to_string(::getegid()) + ":\n", 0600);
  if (!passwd || !group) return name;
  name.files_ = std::move(*files);
  name.library_ = library;
  return name;
}

void BorrowedName::add_to(std::vector<std::string>& environment) const {
  if (!files_) return;
  set_variable(environment, "LD_PRELOAD", library_);
  set_variable(environment, "NSS_WRAPPER_PASSWD", (files_->path() / "passwd").string());
  set_variable(environment, "NSS_WRAPPER_GROUP", (files_->path() / "group").string());
}

}  // namespace runtime
