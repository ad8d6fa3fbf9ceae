#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "postgres/problem.hpp"

namespace postgres {

/// Which passwords the roles of the settings were given last: PGDATA/pgordinal.passwords, salted
/// hashes, 0600. It tells a Secret that has changed, also while the pod was down, from a role whose
/// password somebody changed by hand: the former is carried into the role, the latter is left as it
/// is. Used by the primary alone; a clone starts without one.
class PasswordRecord {
 public:
  enum class Whose : std::uint8_t { superuser, replication };
  struct Password {
    Whose whose = Whose::superuser;
    std::string role;
    std::string text;
  };
  enum class Known : std::uint8_t {
    never,  ///< nothing was recorded for this role
    same,
    other,
  };

  /// Empty where there is no such file. Lines that make no sense count as not recorded.
  [[nodiscard]] static std::expected<PasswordRecord, Problem> read(
      const std::filesystem::path& pgdata);
  [[nodiscard]] static PasswordRecord parse(std::string_view text);
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::expected<void, Problem> write(const std::filesystem::path& pgdata) const;

  /// A hash each (some 2 ms): what is in the file must not be of use to guess passwords quickly.
  [[nodiscard]] Known knows(const Password& password) const;
  void remember(const Password& password, std::string salt);

 private:
  struct Entry {
    std::string salt;
    std::string hash;
    std::string role;
  };
  std::map<Whose, Entry> entries_;
};

}  // namespace postgres
