#include "postgres/access.hpp"

#include "postgres/layout.hpp"
#include "postgres/session_role.hpp"

namespace postgres {
namespace {

/// pg_hba.conf's quoting: a quoted name is never a keyword (`all`, `replication`). A double quote
/// is doubled.
std::string quote_hba(std::string_view name) {
  std::string quoted = "\"";
  for (const char next : name) {
    if (next == '"') quoted += next;
    quoted += next;
  }
  return quoted + "\"";
}

/// A replication connection matches the database `replication` only; `postgres` is for pg_rewind,
/// which reads the other member's files by SQL.
std::string lines_for(const std::string& user, std::string_view address) {
  std::string lines;
  for (const std::string_view database : {"replication", "postgres"}) {
    lines.append("host  ").append(database).append("  ").append(user).append("  ").append(address);
    lines.append("  scram-sha-256\n");
  }
  return lines;
}

/// `.NAMESPACE.svc.cluster.local` of the headless Service's domain in Kubernetes; elsewhere
/// nothing.
///
/// There a pod's address resolves back to one name for each Service that selects the pod, in no
/// order, and PostgreSQL looks at the first: `pg-0.pg.ns.svc…` or `10-0-0-7.pg-r.ns.svc…`, also of
/// Services that we do not know. By the member's name alone a standby would be turned away at
/// random.
std::string namespace_suffix(std::string_view domain) {
  const auto service = domain.find('.');
  if (service == std::string_view::npos) return {};
  const auto label = domain.find('.', service + 1);
  if (label == std::string_view::npos ||
      !(std::string(domain.substr(label)) + ".").starts_with(".svc."))
    return {};
  return std::string(domain.substr(service));
}

std::string escape_passfile(std::string_view field) {
  std::string escaped;
  for (const char next : field) {
    if (next == ':' || next == '\\') escaped += '\\';
    escaped += next;
  }
  return escaped;
}

}  // namespace

std::string hba_first_lines() {
  const std::string role = quote_hba(session_role_name);
  return "local  all  " + role + "  scram-sha-256\nhost  all  " + role + "  all  reject\n";
}

std::string hba_last_lines(const core::Settings& settings) {
  if (settings.cluster.mode == core::Mode::standalone || !settings.cluster.identity) return {};
  const core::Identity& identity = *settings.cluster.identity;
  const std::string user = quote_hba(settings.replication.user);
  std::string lines;
  for (std::uint32_t member = 0; member < settings.cluster.max_members; ++member) {
    lines += lines_for(user, identity.address({settings.cluster.primary.number + member}));
  }
  if (const std::string suffix = namespace_suffix(identity.domain); !suffix.empty())
    lines += lines_for(user, suffix);
  for (const std::string& address : settings.replication.allow)
    lines += lines_for(user, address);
  return lines;
}

std::string temporary_hba() {
  return "local  all          all  trust\nlocal  replication  all  trust\n";
}

std::string hba_host_lines(std::string_view method, std::string_view major) {
  std::string lines = "\n";
  if (method == "trust") {
    lines +=
        "# warning trust is enabled for all connections\n# see https://www.postgresql.org/docs/";
    lines.append(major).append("/auth-trust.html\n");
  }
  lines.append("host all all all ").append(method).append("\n");
  return lines;
}

std::string quote_conninfo(std::string_view value) {
  std::string quoted = "'";
  for (const char next : value) {
    if (next == '\'' || next == '\\') quoted += '\\';
    quoted += next;
  }
  return quoted + "'";
}

std::string primary_conninfo(const core::Settings& settings, const Upstream& upstream,
                             const std::filesystem::path& pgdata) {
  std::string conninfo;
  const auto add = [&conninfo](std::string_view key, std::string_view value) {
    if (!conninfo.empty()) conninfo += ' ';
    conninfo.append(key).append("=").append(quote_conninfo(value));
  };
  add("user", settings.replication.user);
  add("passfile", layout::in(pgdata, layout::passfile).native());
  add("host", upstream.address);
  add("port", std::to_string(upstream.port));
  if (settings.cluster.identity) add("application_name", settings.cluster.identity->pod().text);
  add("sslmode", "prefer");
  add("connect_timeout", "5");
  // A primary whose node died says nothing: 10 s + 3 × 5 s, not the kernel's two hours.
  add("keepalives_idle", "10");
  add("keepalives_interval", "5");
  add("keepalives_count", "3");
  // The walreceiver does not heed connect_timeout: to an address that a pod has left it would try
  // for two minutes.
  add("tcp_user_timeout", "10000");
  return conninfo;
}

std::string passfile(const core::Settings& settings) {
  return "*:*:*:" + escape_passfile(settings.replication.user) + ":" +
         escape_passfile(settings.replication.password) + "\n";
}

}  // namespace postgres
