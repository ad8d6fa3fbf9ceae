#include "process/protection.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

namespace process {

namespace {

constexpr std::array<std::string_view, 10> kept_names = {
    "PATH",        "HOME",        "TZ",           "TMPDIR",        "LANG",
    "RES_OPTIONS", "LOCALDOMAIN", "SSL_CERT_DIR", "SSL_CERT_FILE", "OPENSSL_CONF"};

bool is_kept(std::string_view entry) {
  if (entry.starts_with("LC_")) return true;
  const std::string_view name = entry.substr(0, entry.find('='));
  for (std::string_view kept : kept_names) {
    if (name == kept) return true;
  }
  return false;
}

// What getenv reads from now on: in our heap, where /proc/PID/environ does not look.
void replace_environment(const std::vector<std::string>& whole) {
  static std::vector<std::string> kept;
  static std::vector<char*> pointers;
  kept.clear();
  pointers.clear();
  for (const std::string& entry : whole) {
    if (is_kept(entry)) kept.push_back(entry);
  }
  for (std::string& entry : kept)
    pointers.push_back(entry.data());
  pointers.push_back(nullptr);
  environ = pointers.data();
}

}  // namespace

void ensure_standard_descriptors() {
  int opened = ::open("/dev/null", O_RDWR);
  // In a root without /dev any descriptor does that holds the place; reads and writes then fail.
  if (opened < 0) opened = ::open("/", O_RDONLY | O_DIRECTORY);
  while (opened >= 0 && opened <= STDERR_FILENO)
    opened = ::dup(opened);
  if (opened >= 0) ::close(opened);
}

void not_dumpable() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

std::vector<std::string> scrub_environment() {
  std::vector<std::string> whole;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    whole.emplace_back(*entry);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    ::explicit_bzero(*entry, std::strlen(*entry));
  replace_environment(whole);
  return whole;
}

bool become_subreaper() {
  return ::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

void set_parent_death_signal(int signal) {
  ::prctl(PR_SET_PDEATHSIG, signal);
}

}  // namespace process
