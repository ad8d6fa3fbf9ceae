#include "config/parameters.hpp"

#include <algorithm>
#include <array>

#include "config/values.hpp"

namespace config {
namespace {

bool any(std::string_view) {
  return true;
}
bool off(std::string_view value) {
  return parse_boolean(value) == false;
}
bool minimal(std::string_view value) {
  return lower_case(value) == "minimal";
}
bool under_two(std::string_view value) {
  const auto number = parse_integer(value);
  return number && *number < 2;
}
/// Nothing, or this host's own names alone: no other member could connect.
bool local_only(std::string_view value) {
  return std::ranges::all_of(split(value, ','), [](const std::string& address) {
    return address == "localhost" || address == "::1" || address.starts_with("127.");
  });
}

struct Refusal {
  std::string_view name;  ///< in lower case; a `*` at its end stands for anything
  bool (*applies)(std::string_view value);
  std::string_view why;
};

// Whatever the mode: a standalone server becomes a member of a cluster when its StatefulSet is
// scaled.
constexpr std::array<Refusal, 18> refusals{{
    {"data_directory", any, "the variable PGDATA says where the data is; set PGDATA instead"},
    {"config_file", any, "give it on the command line: postgres -c config_file=…"},
    {"hba_file", any,
     "the members are admitted in PGDATA/pg_hba.conf; put your lines there, pgordinal keeps them"},
    {"include*", any,
     "it is no parameter but a line of postgresql.conf; write it there, pgordinal keeps it"},
    {"primary_conninfo", any,
     "pgordinal connects a standby to its primary by the cluster's settings; remove it"},
    {"primary_slot_name", any,
     "each member streams through its own slot, which pgordinal names; remove it"},
    {"promote_trigger_file", any,
     "a file that anyone can touch must not promote a standby; remove it"},
    {"recovery_target*", any,
     "a standby replays all that its primary writes, on the newest timeline; remove it"},
    {"hot_standby", any, "set replication.hot_standby instead"},
    {"wal_level", minimal,
     "standbys cannot follow it; remove it, or give it on the command line of a server that has "
     "none"},
    {"wal_log_hints", off, "a former primary could not be rewound; remove it"},
    {"full_page_writes", off,
     "a former primary could not be rewound, nor a torn page repaired; remove it"},
    {"max_wal_senders", under_two,
     "a standby needs one, its clone two; remove it or use 2 or more"},
    {"max_replication_slots", under_two, "each standby needs its slot; remove it or use 2 or more"},
    {"listen_addresses", local_only, "the other members could not connect; remove it or use '*'"},
    {"standby_mode", any, "PostgreSQL has no such parameter since version 12; remove it"},
    {"trigger_file", any, "PostgreSQL has no such parameter since version 12; remove it"},
    {"pgordinal.*", any,
     "pgordinal's own settings have sections of their own, such as [cluster]; remove it"},
}};

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return name == pattern;
}

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '$'; };
  return !name.empty() && letter(name.front()) && std::ranges::all_of(name, inner);
}

}  // namespace

std::optional<std::string> refused(std::string_view name, std::string_view value) {
  const std::string lower = lower_case(name);
  for (const Refusal& refusal : refusals) {
    if (matches(refusal.name, lower) && refusal.applies(trimmed(value)))
      return std::string(refusal.why);
  }
  return std::nullopt;
}

bool valid_parameter_name(std::string_view name) {
  if (name.size() > 63) return false;
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    if (!is_identifier(name.substr(0, dot))) return false;
    name.remove_prefix(dot + 1);
  }
  return is_identifier(name);
}

bool may_hold_a_secret(std::string_view name) {
  const std::string lower = lower_case(name);
  if (lower == "password_encryption") return false;
  return std::ranges::any_of(
      std::array<std::string_view, 5>{"password", "passphrase", "secret", "token", "conninfo"},
      [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

}  // namespace config
