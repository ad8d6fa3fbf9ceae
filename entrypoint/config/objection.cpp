#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "config/given.hpp"
#include "core/identity.hpp"

namespace config {
namespace {

bool alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Letters, digits, hyphens and dots, in labels of 1 to 63 (RFC 1123); Compose adds underscores.
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('.', begin), name.size());
    const std::string_view label = name.substr(begin, end - begin);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return false;
    if (!std::ranges::all_of(label, [](char c) { return alphanumeric(c) || c == '-' || c == '_'; }))
      return false;
    begin = end + 1;
  }
  return true;
}

/// The bits of an address's family, or 0 where the text is no address.
int address_bits(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
  return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? 128 : 0;
}

/// The address field of a pg_hba.conf line (PostgreSQL, "The pg_hba.conf File").
bool is_hba_address(const std::string& text) {
  const auto slash = text.find('/');
  if (slash != std::string::npos) {
    const int bits = address_bits(text.substr(0, slash));
    const auto prefix = parse_integer(std::string_view(text).substr(slash + 1));
    return bits > 0 && prefix && *prefix >= 0 && *prefix <= bits;
  }
  if (address_bits(text) > 0) return false;  // pg_hba.conf wants a mask behind it
  return is_host_name(text.starts_with('.') ? text.substr(1) : text);
}

bool is_role_name(std::string_view name) {
  const auto allowed = [](char c) { return alphanumeric(c) || c == '_' || c == '-' || c == '.'; };
  return !name.empty() && name.size() <= 63 &&
         (alphanumeric(name.front()) || name.front() == '_') && std::ranges::all_of(name, allowed);
}

std::optional<std::string> objection_to_role(std::string_view name) {
  if (!is_role_name(name)) return "a role's name of at most 63 letters, digits, _, - and .";
  if (name.starts_with("pg_") || name == "public" || name == "none")
    return "a name that PostgreSQL does not reserve";
  if (name == "pgordinal") return "another name: pgordinal is the role of PID 1's own session";
  return std::nullopt;
}

std::optional<std::string> objection_to_member(std::string_view name) {
  if (is_host_name(name) && core::split_pod_name(name)) return std::nullopt;
  return "a member's name NAME-N such as \"postgresql-sfs-0\"";
}

std::optional<std::string> objection_to_addresses(const std::vector<std::string>& list) {
  if (std::ranges::all_of(list, is_hba_address)) return std::nullopt;
  return "addresses as pg_hba.conf writes them: \"10.0.0.0/8\" (one host: /32 or /128), "
         "\"samenet\", a host name";
}

}  // namespace

std::optional<std::string> objection(const Key& row, const Value& value) {
  switch (row.id) {
    case Id::cluster_pod_name:
    case Id::cluster_clone_from: return objection_to_member(value.text);
    case Id::cluster_domain:
      if (is_host_name(value.text)) return std::nullopt;
      return "a domain such as \"pgnodes.default.svc.cluster.local\"";
    case Id::elected_lease:
      if (is_host_name(value.text)) return std::nullopt;
      return "an object's name such as \"postgresql-sfs\"";
    case Id::elected_lease_duration:
      if (value.number % 1000 == 0) return std::nullopt;
      return "whole seconds, as a Lease holds them";
    case Id::replication_user: return objection_to_role(value.text);
    case Id::replication_password_file:
      if (value.text.starts_with('/')) return std::nullopt;
      return "an absolute path";
    case Id::replication_allow: return objection_to_addresses(value.list);
    case Id::cluster_mode:
    case Id::cluster_ordinal:
    case Id::cluster_primary_ordinal:
    case Id::cluster_max_members:
    case Id::cluster_peer_timeout:
    case Id::elected_renew_interval:
    case Id::elected_demote_after:
    case Id::elected_fence_after:
    case Id::elected_request_timeout:
    case Id::elected_lag_limit:
    case Id::elected_pod_uid:
    case Id::elected_node_name:
    case Id::replication_password:
    case Id::replication_hot_standby:
    case Id::replication_max_slot_wal_keep_size:
    case Id::replication_slot_retention:
    case Id::replication_clone_max_rate:
    case Id::stop_fast_timeout:
    case Id::stop_immediate_timeout:
    case Id::volume_reserve:
    case Id::http_port:
    case Id::http_lag_limit:
    case Id::log_level:
    case Id::log_format: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace config
