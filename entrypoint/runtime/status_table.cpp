#include "runtime/status_table.hpp"

#include <algorithm>
#include <array>
#include <sstream>

namespace runtime {

namespace {

using core::Role;
using core::ServerState;
using core::Status;
using http::MemberStatus;
using Members = std::vector<MemberStatus>;

constexpr std::size_t width = 80;
constexpr std::size_t columns = 7;
using Row = std::array<std::string, columns>;

const Status* primary_of(const Members& members) {
  for (const MemberStatus& member : members) {
    if (member.status && core::is_primary(*member.status)) return &*member.status;
  }
  return nullptr;
}

/// Text in lines of at most `width`, after `head`, the following ones indented.
std::string wrapped(const std::string& head, const std::string& text) {
  std::string result;
  std::string line = head;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > width && line != head) {
      result += line + "\n";
      line = "   ";
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + line + "\n";
}

std::string state_of(const Status& status) {
  if (status.action && status.server != ServerState::accepting) {
    std::string text = status.action->name;
    const auto& done = status.action->done_bytes;
    const auto& total = status.action->total_bytes;
    if (done && total && *total > 0)
      text += " " + std::to_string(std::min<std::uint64_t>(100, *done * 100 / *total)) + " %";
    return text;
  }
  if (status.stopping) return "stopping";
  if (status.role == Role::standby && status.server == ServerState::accepting && status.streams)
    return *status.streams ? "streaming" : "no stream";
  return status.server == ServerState::none ? "no server"
                                            : std::string(core::to_text(status.server));
}

std::string takes_over(const Status* primary, const Status& status) {
  if (primary == nullptr || !primary->lease || status.pod == primary->pod) return "-";
  const auto& listed = primary->lease->candidates;
  return std::ranges::find(listed, status.pod) != listed.end() ? "yes" : "no";
}

Row row_of(const Status* primary, const MemberStatus& member) {
  if (!member.status) return {member.pod, "-", "no answer", "-", "-", "-", "no"};
  const Status& status = *member.status;
  return {status.pod,
          status.role ? std::string(core::to_text(*status.role)) : "-",
          state_of(status),
          status.timeline ? std::to_string(status.timeline->number) : "-",
          status.lag_bytes ? core::rough_bytes(*status.lag_bytes) : "-",
          takes_over(primary, status),
          core::readiness(status).ok ? "yes" : "no"};
}

/// The columns as wide as they have to be; a name that is too long for the line is cut.
std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, columns> widths{};
  for (const Row& row : rows) {
    for (std::size_t at = 0; at < columns; ++at)
      widths[at] = std::max(widths[at], row[at].size());
  }
  std::size_t rest = 2 * (columns - 1);
  for (std::size_t at = 1; at < columns; ++at)
    rest += widths[at];
  widths[0] = std::min(widths[0], width - std::min(rest, width - 8));
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t at = 0; at < columns; ++at) {
      std::string cell = row[at];
      // Names differ at their end.
      if (cell.size() > widths[at]) cell = "~" + cell.substr(cell.size() - widths[at] + 1);
      cell.resize(widths[at], ' ');
      line += (at == 0 ? "" : "  ") + cell;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "nobody" : text;
}

std::string about_primary(const Members& members) {
  const Status* primary = primary_of(members);
  if (primary != nullptr) {
    std::string text = primary->pod;
    const auto since = primary->held_for ? primary->held_for : primary->server_age;
    if (since) text += " for " + core::rough(*since);
    if (primary->timeline) text += ", timeline " + std::to_string(primary->timeline->number);
    if (primary->lsn) text += ", at " + core::to_text(*primary->lsn);
    if (primary->lease) text += "; may take over: " + joined(primary->lease->candidates);
    return text;
  }
  for (const MemberStatus& member : members) {
    if (!member.status || !member.status->lease) continue;
    const Status::Lease& lease = *member.status->lease;
    return "none accepts writes now; the Lease " +
           (lease.holder ? "is held by " + *lease.holder + ", last renewed " +
                               core::rough(lease.age) + " ago"
                         : std::string("was released")) +
           "; may take over: " + joined(lease.candidates);
  }
  return "none accepts writes now, and no member that answers knows of a Lease";
}

/// Why a member is not well, or what it waits for; empty where there is nothing to say.
std::string trouble(const MemberStatus& member) {
  if (!member.status) return member.status.error();
  const core::Readiness ready = core::readiness(*member.status);
  if (ready.ok && !member.status->waits_for_later) return {};
  std::string text = ready.why;
  const std::string& reason = member.status->text;
  if (!reason.empty() && !text.contains(reason)) text += ". Its last decision: " + reason;
  return text + " (" + core::rough(member.status->reason_age) + ")";
}

std::string advice(const Members& members) {
  const Status* primary = primary_of(members);
  if (is_well(members)) {
    const auto standbys = static_cast<std::size_t>(std::ranges::count_if(
        members, [](const MemberStatus& each) { return each.status->role == Role::standby; }));
    if (standbys == 0) return "nothing takes over from a primary without a standby: add one";
    if (primary->lease && primary->lease->candidates.size() < standbys)
      return "a standby is not on the list of who may take over: it is too far behind, or has just "
             "come; look again soon";
    return "nothing; every standby may take over";
  }
  if (primary == nullptr)
    return "wait if the cluster has just changed; a pod that says above what it needs gets no "
           "further without it";
  return "the primary serves; look at the pods above that are not ready, and at their logs";
}

}  // namespace

bool is_well(const std::vector<http::MemberStatus>& members) {
  return primary_of(members) != nullptr &&
         std::ranges::all_of(members, [](const MemberStatus& member) {
           return member.status && core::readiness(*member.status).ok;
         });
}

std::string status_table(const std::vector<http::MemberStatus>& members) {
  const Status* primary = primary_of(members);
  std::vector<Row> rows{{"POD", "ROLE", "STATE", "TIMELINE", "LAG", "TAKES OVER", "READY"}};
  for (const MemberStatus& member : members)
    rows.push_back(row_of(primary, member));
  std::string text = wrapped("Primary:", about_primary(members)) + "\n" + table(rows) + "\n";
  for (const MemberStatus& member : members) {
    if (const std::string why = trouble(member); !why.empty())
      text += wrapped(member.pod + ":", why);
  }
  return text + wrapped("To do:", advice(members));
}

}  // namespace runtime
