#include "postgres/generated_conf.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "postgres/access.hpp"
#include "postgres/layout.hpp"

namespace postgres {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t slot_share_percent = 30;
constexpr std::uint64_t kept_wal_mebibytes = 256;
constexpr std::uint64_t kept_wal_share_percent = 5;
constexpr std::uint32_t least_senders = 10;
constexpr std::uint32_t spare_senders =
    4;  // a clone takes two at a time, a person's pg_basebackup two more

void assign(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(" = ").append(quote_value(value)).append("\n");
}

/// What the user asked for: [postgresql.parameters] come last in the file, the command line beats
/// every file, and `facts.user` already has the command line over postgresql.conf.
std::optional<std::string> users_value(const core::Settings& settings, const IncludeFacts& facts,
                                       const std::string& name) {
  for (const Parameters* source : {&settings.postgres.parameters, &facts.user}) {
    if (const auto found = source->find(name); found != source->end()) return found->second;
  }
  return std::nullopt;
}

class Include {
 public:
  Include(const core::Settings& settings, const IncludeFacts& facts)
      : settings_(settings), facts_(facts) {}

  std::string text() {
    text_ = "# Written by pgordinal at each start and reload: what is changed here is lost.\n";
    defaults();
    if (!settings_.postgres.parameters.empty())
      text_ += "\n# [postgresql.parameters] of pgordinal.toml\n";
    for (const auto& [name, value] : settings_.postgres.parameters)
      assign(text_, name, value);
    if (settings_.cluster.mode != core::Mode::standalone) ours();
    return std::move(text_);
  }

 private:
  void defaults() {
    text_ +=
        "\n# Defaults: postgresql.conf, the command line and [postgresql.parameters] come before "
        "them\n";
    fallback("listen_addresses", "*");
    if (settings_.cluster.mode == core::Mode::standalone) return;
    if (settings_.cluster.identity)
      fallback("cluster_name", settings_.cluster.identity->pod().text);
    // The slots keep what a known standby lacks; this is for one that lost its slot a moment ago.
    fallback("wal_keep_size", std::to_string(kept_wal()) + "MB");
    slot_limit();
    // The default of 5 s is how long a standby would stay away from a primary that is back already.
    fallback("wal_retrieve_retry_interval", "1s");
    // A fast shutdown waits for standbys to confirm. One that vanished must not use up its budget
    // (PostgreSQL: 60 s).
    fallback("wal_sender_timeout", "10s");
    // Crash recovery begins by making every file durable: a thousand of an empty cluster, one after
    // the other, which is most of its time.
    if (facts_.syncs_by_file_system) fallback("recovery_init_sync_method", "syncfs");
  }

  void slot_limit() {
    std::uint64_t bytes = facts_.volume_bytes / 100 * slot_share_percent;
    const auto& configured = settings_.replication.max_slot_wal_keep_size.bytes;
    if (configured) bytes = *configured;
    if (bytes == 0 && !configured) return;
    fallback("max_slot_wal_keep_size", std::to_string(bytes / mebibyte) + "MB");
  }

  [[nodiscard]] std::uint64_t kept_wal() const {
    if (facts_.volume_bytes == 0) return kept_wal_mebibytes;
    return std::min(kept_wal_mebibytes,
                    facts_.volume_bytes / 100 * kept_wal_share_percent / mebibyte);
  }

  void ours() {
    text_ += "\n# Replication of this cluster needs these\n";
    const bool logical = users_value(settings_, facts_, "wal_level") == "logical";
    assign(text_, "wal_level", logical ? "logical" : "replica");
    assign(text_, "wal_log_hints", "on");
    const std::uint32_t senders =
        std::max(least_senders, settings_.cluster.max_members + spare_senders);
    at_least("max_wal_senders", senders);
    at_least("max_replication_slots", senders);
    assign(text_, "hot_standby", settings_.replication.hot_standby ? "on" : "off");
    assign(text_, "recovery_target_timeline", "latest");
    if (facts_.role == core::Role::standby && facts_.upstream) follow(*facts_.upstream);
  }

  void follow(const Upstream& upstream) {
    assign(text_, "primary_conninfo", primary_conninfo(settings_, upstream, facts_.pgdata));
    if (settings_.cluster.identity) {
      assign(text_, "primary_slot_name", core::slot_name(settings_.cluster.identity->pod()));
    }
  }

  void at_least(const std::string& name, std::uint32_t least) {
    const std::string wanted = users_value(settings_, facts_, name).value_or("");
    std::uint32_t number = 0;
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    assign(text_, name, std::to_string(std::max(number, least)));
  }

  void fallback(const std::string& name, std::string_view value) {
    if (!users_value(settings_, facts_, name)) assign(text_, name, value);
  }

  const core::Settings& settings_;
  const IncludeFacts& facts_;
  std::string text_;
};

}  // namespace

std::string render_include(const core::Settings& settings, const IncludeFacts& facts) {
  return Include(settings, facts).text();
}

std::string include_block() {
  return "include_if_exists = " + quote_value(layout::include_conf) + "\n";
}

std::string render_main_conf(const std::filesystem::path& users_file,
                             const std::filesystem::path& pgdata) {
  return "# Written by pgordinal: the file named on the command line, then our settings.\n"
         "include " +
         quote_value(users_file.native()) +
         "\n"
         "include_if_exists " +
         quote_value(layout::in(pgdata, layout::include_conf).native()) + "\n";
}

}  // namespace postgres
