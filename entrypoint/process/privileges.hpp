#pragma once

#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>

namespace process {

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
};

/// Names of users, groups and hosts come from files and DNS only: a static binary must not load an
/// image's NSS modules. Call it before the first look-up.
void pin_name_service();

/// The entry of /etc/passwd; the error says that there is none, or why it cannot be read.
[[nodiscard]] std::expected<Account, std::string> find_account(const std::string& name);
/// The same by number; nothing for an arbitrary UID without an entry.
[[nodiscard]] std::optional<Account> find_account(uid_t uid);

/// Becomes that user for good: its groups, gid, uid; then proves that root cannot come back. Nobody
/// of that user may look into this process afterwards (see not_dumpable).
[[nodiscard]] std::expected<void, std::string> become(const Account& account);

}  // namespace process
