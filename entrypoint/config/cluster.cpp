#include <algorithm>
#include <chrono>

#include "config/reading.hpp"

namespace config {
namespace {

core::Ordinal ordinal_of(const Value& value) {
  return {static_cast<std::uint32_t>(value.number)};
}

/// A member's name and the domain behind it, as host names hold them: `pg-0`, or `pg-0.ns.svc`
/// where the pod sets setHostnameAsFQDN.
struct MemberName {
  std::string text;
  std::string domain;
};

MemberName member_name(const std::string& host_name) {
  const auto dot = host_name.find('.');
  if (dot == std::string::npos || !core::split_pod_name(std::string_view(host_name).substr(0, dot)))
    return {host_name, {}};
  return {host_name.substr(0, dot), host_name.substr(dot + 1)};
}

/// Finds out who this member is, for static mode. One per load().
class Identification {
 public:
  explicit Identification(Reading& reading) : reading_(reading), given_(reading.given) {
    const Given* pod_name = given_.find(Id::cluster_pod_name);
    name_ = pod_name != nullptr ? MemberName{pod_name->value.text, {}}
                                : member_name(reading.input.host_name);
    parts_ = core::split_pod_name(name_.text);
  }

  [[nodiscard]] bool has_ordinal() const { return parts_.has_value(); }

  /// The mode where the user did not say it.
  [[nodiscard]] core::Mode derived_mode() const {
    const bool wanted =
        given_.find(Id::cluster_pod_name) != nullptr || given_.find(Id::cluster_ordinal) != nullptr;
    return wanted || has_ordinal() ? core::Mode::static_primary : core::Mode::standalone;
  }

  /// What the mode and the ordinal follow from where they are not given.
  [[nodiscard]] std::string source() const {
    if (given_.find(Id::cluster_pod_name) != nullptr) return full_name(key(Id::cluster_pod_name));
    return "host name " + in_quotes(reading_.input.host_name);
  }

  /// The identity, or nothing when problems were added.
  [[nodiscard]] std::optional<core::Identity> identity() {
    if (!has_ordinal()) {
      no_ordinal();
      return std::nullopt;
    }
    core::Identity identity{
        .statefulset = parts_->statefulset, .ordinal = parts_->ordinal, .domain = domain()};
    if (!apply_ordinal(identity) || !admitted(identity)) return std::nullopt;
    reading_.derive(Id::cluster_ordinal, std::to_string(identity.ordinal.number), source());
    reading_.derive(Id::cluster_pod_name, identity.pod().text, source());
    return identity;
  }

 private:
  void no_ordinal() {
    const Given* mode = given_.find(Id::cluster_mode);
    const Given* ordinal = given_.find(Id::cluster_ordinal);
    const Given* asked = mode != nullptr ? mode : ordinal;
    given_.mistake(problem_at(
        asked != nullptr ? asked->place : Place{},
        full_name(key(asked == ordinal ? Id::cluster_ordinal : Id::cluster_mode)),
        (mode != nullptr ? mode->value.text : std::string("static")) + " mode and the host name " +
            in_quotes(reading_.input.host_name),
        "a host name that ends in the ordinal (NAME-N)",
        "set cluster.pod_name (PGORDINAL_CLUSTER_POD_NAME) to this member's NAME-N, or "
        "cluster.mode (PGORDINAL_CLUSTER_MODE) to \"standalone\"; cluster.ordinal alone says "
        "nothing of the other members' names"));
  }

  bool apply_ordinal(core::Identity& identity) {
    const Given* ordinal = given_.find(Id::cluster_ordinal);
    if (ordinal == nullptr) return true;
    const core::Ordinal wanted = ordinal_of(ordinal->value);
    if (given_.find(Id::cluster_pod_name) != nullptr && wanted != identity.ordinal) {
      given_.mistake(problem_at(ordinal->place, full_name(key(Id::cluster_ordinal)),
                                ordinal->value.text,
                                std::to_string(identity.ordinal.number) +
                                    " as in cluster.pod_name " + in_quotes(name_.text),
                                "remove one of the two"));
      return false;
    }
    identity.ordinal = wanted;
    return true;
  }

  bool admitted(const core::Identity& identity) {
    if (!given_.known(Id::cluster_primary_ordinal) || !given_.known(Id::cluster_max_members))
      return true;
    const std::int64_t first = given_.value(Id::cluster_primary_ordinal).number;
    const std::int64_t last = first + given_.value(Id::cluster_max_members).number - 1;
    if (identity.ordinal.number >= first && identity.ordinal.number <= last) return true;
    given_.mistake(problem_at(
        {}, "cluster", "this member's name " + in_quotes(identity.pod().text),
        "an ordinal from " + std::to_string(first) + " to " + std::to_string(last),
        "set cluster.primary_ordinal and cluster.max_members to the StatefulSet's, or "
        "cluster.mode (PGORDINAL_CLUSTER_MODE) to \"standalone\" where this is no member"));
    return false;
  }

  std::string domain() {
    if (const Given* domain = given_.find(Id::cluster_domain)) return domain->value.text;
    if (!name_.domain.empty()) {
      reading_.derive(Id::cluster_domain, name_.domain, source());
      return name_.domain;
    }
    const std::string found = domain_in_hosts(reading_.input.hosts_file, name_.text);
    if (!found.empty()) reading_.derive(Id::cluster_domain, found, "/etc/hosts");
    return found;
  }

  Reading& reading_;
  GivenSettings& given_;
  MemberName name_;
  std::optional<core::PodNameParts> parts_;
};

bool identity_is_known(const GivenSettings& given) {
  return given.known(Id::cluster_mode) && given.known(Id::cluster_ordinal) &&
         given.known(Id::cluster_pod_name);
}

void check_clone_from(Reading& reading) {
  const Given* clone_from = reading.given.find(Id::cluster_clone_from);
  if (clone_from == nullptr || !reading.given.known(Id::cluster_primary_ordinal)) return;
  core::ClusterSettings& cluster = reading.loaded.settings.cluster;
  const auto mistake = [&](std::string expected) {
    reading.given.mistake(problem_at(clone_from->place, full_name(key(Id::cluster_clone_from)),
                                     in_quotes(clone_from->value.text), std::move(expected)));
  };
  if (cluster.mode == core::Mode::standalone)
    return mistake("no clone_from in standalone mode, which has no members");
  if (cluster.mode == core::Mode::elected)
    return mistake(
        "no clone_from in elected mode: `pgordinal failover POD --lose-data` is its way "
        "back");
  if (!cluster.identity) return;
  const auto parts = core::split_pod_name(clone_from->value.text);
  const std::int64_t last = std::int64_t{cluster.primary.number} + cluster.max_members - 1;
  if (!parts || parts->statefulset != cluster.identity->statefulset ||
      parts->ordinal.number > last || parts->ordinal < cluster.primary)
    return mistake("a member of this cluster, " + cluster.identity->statefulset +
                   "-N with N from " + std::to_string(cluster.primary.number) + " to " +
                   std::to_string(last));
  // The same file serves all members: the named one finds its own name here, which is no mistake.
  if (parts->ordinal == cluster.primary)
    return mistake("another member than the primary, which cannot clone itself");
  cluster.clone_from = core::PodName{clone_from->value.text};
}

}  // namespace

std::string domain_in_hosts(std::string_view hosts_file, std::string_view name) {
  const std::string wanted = lower_case(name);
  for (const std::string& line : split(hosts_file, '\n')) {
    std::string text = lower_case(line.substr(0, line.find('#')));
    std::ranges::replace(text, '\t', ' ');
    const auto words = split(text, ' ');
    if (std::ranges::count(words, wanted) == 0) continue;
    for (const std::string& word : words) {
      if (word.starts_with(wanted + ".")) return word.substr(wanted.size() + 1);
    }
  }
  return {};
}

void read_cluster(Reading& reading) {
  core::ClusterSettings& cluster = reading.loaded.settings.cluster;
  const GivenSettings& given = reading.given;
  cluster.primary = ordinal_of(given.value(Id::cluster_primary_ordinal));
  cluster.max_members = static_cast<std::uint32_t>(given.value(Id::cluster_max_members).number);
  cluster.peer_timeout = std::chrono::milliseconds(given.value(Id::cluster_peer_timeout).number);
  if (!identity_is_known(given)) return;

  Identification identification(reading);
  if (const Given* mode = given.find(Id::cluster_mode)) {
    cluster.mode = mode->value.text == "static"    ? core::Mode::static_primary
                   : mode->value.text == "elected" ? core::Mode::elected
                                                   : core::Mode::standalone;
  } else {
    cluster.mode = identification.derived_mode();
    const bool is_static = cluster.mode == core::Mode::static_primary;
    reading.derive(Id::cluster_mode, is_static ? "static" : "standalone", identification.source());
  }
  if (core::has_members(cluster.mode)) cluster.identity = identification.identity();
  check_clone_from(reading);
}

}  // namespace config
