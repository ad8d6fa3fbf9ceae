#include "process/privileges.hpp"

#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "process/protection.hpp"

namespace process {

namespace {

struct Entry {
  std::optional<Account> account;
  int error = 0;
};

// `look_up` is getpwnam_r or getpwuid_r, bound to its key.
template <class LookUp>
Entry read_entry(LookUp look_up) {
  std::vector<char> text(4096);
  for (;;) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = look_up(&entry, text.data(), text.size(), &found);
    if (error == ERANGE) {
      text.resize(text.size() * 2);
      continue;
    }
    if (found == nullptr) return {.account = std::nullopt, .error = error};
    return {.account = Account{found->pw_name, found->pw_uid, found->pw_gid, found->pw_dir},
            .error = 0};
  }
}

std::vector<gid_t> groups_of(const Account& account) {
  int count = 64;
  std::vector<gid_t> groups(count);
  while (::getgrouplist(account.name.c_str(), account.gid, groups.data(), &count) < 0)
    groups.resize(count);
  groups.resize(count);
  return groups;
}

// gosu's words, which people search for, then what to do.
std::unexpected<std::string> switching_failed(const Account& account, const char* step, int error) {
  std::string reason = std::strerror(error);
  if (error == EPERM) reason = "operation not permitted";
  std::string message =
      "failed switching to \"" + account.name + "\": " + reason + " (" + step + ")";
  if (error == EPERM) {
    message +=
        "; give the container the capabilities SETUID and SETGID, or start it as that user "
        "(runAsUser: " +
        std::to_string(account.uid) + ", docker run --user " + account.name + ")";
  }
  return std::unexpected(std::move(message));
}

bool is_for_good(const Account& account) {
  uid_t real, effective, saved;
  gid_t real_group, effective_group, saved_group;
  if (::getresuid(&real, &effective, &saved) != 0 ||
      ::getresgid(&real_group, &effective_group, &saved_group) != 0)
    return false;
  if (real != account.uid || effective != account.uid || saved != account.uid) return false;
  if (real_group != account.gid || effective_group != account.gid || saved_group != account.gid)
    return false;
  return account.uid == 0 || ::setresuid(static_cast<uid_t>(-1), 0, static_cast<uid_t>(-1)) != 0;
}

}  // namespace

void pin_name_service() {
  ::__nss_configure_lookup("passwd", "files");
  ::__nss_configure_lookup("group", "files");
  ::__nss_configure_lookup("hosts", "files dns");
  // getgrouplist's own database: without it nsswitch.conf of the image decides again.
  ::__nss_configure_lookup("initgroups", "files");
  ::__nss_configure_lookup("services", "files");
}

std::expected<Account, std::string> find_account(const std::string& name) {
  Entry entry = read_entry([&](passwd* result, char* text, std::size_t size, passwd** found) {
    return ::getpwnam_r(name.c_str(), result, text, size, found);
  });
  if (entry.account) return *std::move(entry.account);
  if (entry.error == 0 || entry.error == ENOENT)
    return std::unexpected("there is no user \"" + name +
                           "\" in /etc/passwd: create it in the image");
  return std::unexpected("cannot look up the user \"" + name +
                         "\" in /etc/passwd: " + std::strerror(entry.error));
}

std::optional<Account> find_account(uid_t uid) {
  return read_entry([&](passwd* result, char* text, std::size_t size, passwd** found) {
           return ::getpwuid_r(uid, result, text, size, found);
         })
      .account;
}

std::expected<void, std::string> become(const Account& account) {
  const std::vector<gid_t> groups = groups_of(account);
  if (::setgroups(groups.size(), groups.data()) != 0)
    return switching_failed(account, "setgroups", errno);
  if (::setresgid(account.gid, account.gid, account.gid) != 0)
    return switching_failed(account, "setresgid", errno);
  if (::setresuid(account.uid, account.uid, account.uid) != 0)
    return switching_failed(account, "setresuid", errno);
  // A change of user sets this to fs.suid_dumpable, which a host may have switched on.
  not_dumpable();
  if (!is_for_good(account))
    return std::unexpected("failed switching to \"" + account.name + "\": root could be had back");
  return {};
}

}  // namespace process
