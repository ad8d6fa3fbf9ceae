#include "postgres/password_record.hpp"

#include <array>
#include <optional>
#include <ranges>
#include <sstream>

#include <openssl/evp.h>

#include "postgres/files.hpp"
#include "postgres/layout.hpp"

namespace postgres {
namespace {

constexpr int iterations = 4096;  // as PostgreSQL's own SCRAM verifiers have
constexpr std::array<std::string_view, 2> names{"superuser", "replication"};
static_assert(names.size() == static_cast<std::size_t>(PasswordRecord::Whose::replication) + 1);

std::string hash_of(std::string_view password, std::string_view salt) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, 32> digest{};
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                    reinterpret_cast<const unsigned char*>(salt.data()),
                    static_cast<int>(salt.size()), iterations, EVP_sha256(),
                    static_cast<int>(digest.size()), digest.data());
  std::string text;
  for (const unsigned char byte : digest)
    text += {digits[byte >> 4], digits[byte & 0xf]};
  return text;
}

}  // namespace

std::expected<PasswordRecord, Problem> PasswordRecord::read(const std::filesystem::path& pgdata) {
  const auto found = read_file(layout::in(pgdata, layout::passwords));
  if (!found) return std::unexpected(found.error());
  return parse(found->value_or(""));
}

/// A line each: `superuser SALT HASH ROLE`; the role's name last, it may hold blanks.
PasswordRecord PasswordRecord::parse(std::string_view text) {
  PasswordRecord record;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string name;
    Entry entry;
    if (!(fields >> name >> entry.salt >> entry.hash) || fields.get() != ' ') continue;
    std::getline(fields, entry.role);
    const auto* known = std::ranges::find(names, name);
    if (known != names.end())
      record.entries_[static_cast<Whose>(known - names.begin())] = std::move(entry);
  }
  return record;
}

std::string PasswordRecord::text() const {
  std::string lines;
  for (const auto& [whose, entry] : entries_) {
    lines.append(names.at(static_cast<std::size_t>(whose))).append(" ").append(entry.salt);
    lines.append(" ").append(entry.hash).append(" ").append(entry.role).append("\n");
  }
  return lines;
}

std::expected<void, Problem> PasswordRecord::write(const std::filesystem::path& pgdata) const {
  const auto written = write_file_atomically(layout::in(pgdata, layout::passwords), text(), 0600);
  if (!written) return std::unexpected(written.error());
  return {};
}

PasswordRecord::Known PasswordRecord::knows(const Password& password) const {
  const auto found = entries_.find(password.whose);
  if (found == entries_.end()) return Known::never;
  // Another superuser is one that somebody else has made; another replication role is ours to make.
  if (found->second.role != password.role)
    return password.whose == Whose::superuser ? Known::never : Known::other;
  return found->second.hash == hash_of(password.text, found->second.salt) ? Known::same
                                                                          : Known::other;
}

void PasswordRecord::remember(const Password& password, std::string salt) {
  std::string hash = hash_of(password.text, salt);
  entries_[password.whose] =
      Entry{.salt = std::move(salt), .hash = std::move(hash), .role = password.role};
}

}  // namespace postgres
