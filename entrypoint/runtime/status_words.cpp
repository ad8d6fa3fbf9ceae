#include "runtime/status_words.hpp"

#include <algorithm>

#include "runtime/joined.hpp"
#include "runtime/status_table.hpp"

namespace runtime {

namespace {

using core::Mode;
using core::Role;
using core::Status;
using http::MemberStatus;
using Members = std::vector<MemberStatus>;

/// Who may take over, and whether it does by itself.
std::string taking_over(const Status::Lease& lease) {
  return "may take over: " +
         (lease.candidates.empty() ? "nobody" : joined(lease.candidates, ", ")) +
         (lease.paused ? ", when told to: automatic failover is paused" : "");
}

/// All members have the same; elected where nobody answers.
Mode mode_of(const Members& members) {
  const auto any = std::ranges::find_if(
      members, [](const MemberStatus& member) { return member.status.has_value(); });
  return any == members.end() ? Mode::elected : any->status->mode;
}

std::string without_primary(const Members& members) {
  for (const MemberStatus& member : members) {
    if (!member.status || !member.status->lease) continue;
    const Status::Lease& lease = *member.status->lease;
    return "none accepts writes now; the Lease " +
           (lease.holder ? "is held by " + *lease.holder + ", last renewed " +
                               core::rough(lease.age) + " ago"
                         : std::string("was released")) +
           "; " + taking_over(lease);
  }
  switch (mode_of(members)) {
    case Mode::standalone: return "this server does not accept writes now";
    case Mode::static_primary:
      return "none accepts writes now; in static mode it is always the lowest ordinal";
    case Mode::elected:
      return "none accepts writes now, and no member that answers knows of a Lease";
  }
  return {};
}

bool is_paused(const Members& members) {
  return std::ranges::any_of(members, [](const MemberStatus& member) {
    return member.status && member.status->lease && member.status->lease->paused;
  });
}

std::string advice_when_well(const Members& members) {
  switch (mode_of(members)) {
    case Mode::standalone: return "nothing";
    case Mode::static_primary: return "nothing; in static mode nobody takes over from the primary";
    case Mode::elected: break;
  }
  const auto standbys = static_cast<std::size_t>(std::ranges::count_if(
      members, [](const MemberStatus& each) { return each.status->role == Role::standby; }));
  if (standbys == 0) return "nothing takes over from a primary without a standby: add one";
  const Status* primary = primary_of(members);
  if (primary->lease && primary->lease->paused)
    return "`pgordinal resume` when the work is done that automatic failover was paused for";
  if (primary->lease && primary->lease->candidates.size() < standbys)
    return "a standby is not on the list of who may take over: it is too far behind, or has just "
           "come; look again soon";
  return "nothing; every standby may take over";
}

}  // namespace

const Status* primary_of(const Members& members) {
  for (const MemberStatus& member : members) {
    if (member.status && core::is_primary(*member.status)) return &*member.status;
  }
  return nullptr;
}

std::string about_primary(const Members& members) {
  const Status* primary = primary_of(members);
  if (primary != nullptr) {
    std::string text = primary->pod;
    const auto since = primary->held_for ? primary->held_for : primary->server_age;
    if (since) text += " for " + core::rough(*since);
    if (primary->timeline) text += ", timeline " + std::to_string(primary->timeline->number);
    if (primary->lsn) text += ", at " + core::to_text(*primary->lsn);
    if (primary->lease) text += "; " + taking_over(*primary->lease);
    return text;
  }
  return without_primary(members);
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
  if (is_well(members)) return advice_when_well(members);
  if (primary_of(members) == nullptr && mode_of(members) != Mode::elected)
    return "start the primary's pod, or look at its log: nobody takes over from it";
  if (primary_of(members) == nullptr && is_paused(members))
    return "`pgordinal resume` lets a standby take over; while that is paused nobody "
           "does by itself, but for the last primary when it comes back";
  if (primary_of(members) == nullptr)
    return "wait if the cluster has just changed; a pod that says above what it needs gets no "
           "further without it";
  return "the primary serves; look at the pods above that are not ready, and at their logs";
}

}  // namespace runtime
