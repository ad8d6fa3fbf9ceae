#include "runtime/observe.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string_view>
#include <utility>

#include "postgres/data_directory.hpp"
#include "process/spawn.hpp"

namespace runtime {

namespace {

/// The digits behind `postgresql/`, `postgresql` or `pgsql-` in the path of the real program
/// (/usr/lib/postgresql/17/bin, /usr/libexec/postgresql17, /usr/pgsql-17/bin); empty where it has
/// none.
std::string major_in(const std::string& program) {
  for (const std::string_view mark : {"postgresql/", "postgresql", "pgsql-"}) {
    const auto at = program.rfind(mark);
    if (at == std::string::npos) continue;
    const auto begin = at + mark.size();
    const auto end = std::min(program.find_first_not_of("0123456789", begin), program.size());
    if (end > begin) return program.substr(begin, end - begin);
  }
  return {};
}

}  // namespace

std::string program_major(const Context& context) {
  const auto program = process::find_program("postgres", context.environment);
  if (!program) return {};
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(*program, error);
  const std::string major = error ? std::string{} : major_in(real.string());
  return major.empty() ? context.settings.official.major : major;
}

Observed::Observed(const Context& context) : context_(context) {
  facts_.server_major = program_major(context);
}

core::Snapshot Observed::at(core::Instant now) const {
  core::Snapshot snapshot = facts_;
  snapshot.now = now;
  return snapshot;
}

void Observed::decided(const core::Decision& decision) {
  facts_.finished.reset();
  facts_.order.reset();
  if (core::reloads(decision)) facts_.reload = false;
}

void ask_to_stop(std::optional<core::StopRequest>& stop, int signal, core::Instant at) {
  const auto mode = signal == SIGQUIT ? core::StopMode::immediate : core::StopMode::well;
  if (!stop) {
    stop = core::StopRequest{.mode = mode, .signal = signal, .at = at};
  } else if (mode == core::StopMode::immediate) {
    stop->mode = mode;
  }
}

void Observed::look_at_directory() {
  facts_.directory = postgres::inspect(context_.settings.official.pgdata);
}

const core::peer::Answer* Observed::answer_of(core::Ordinal peer) const {
  const auto found = facts_.peers.find(peer);
  return found == facts_.peers.end() ? nullptr : &found->second.value;
}

bool Observed::holds_copy_of(core::SystemId cluster) const {
  const auto* found = std::get_if<core::directory::Cluster>(&facts_.directory);
  return found != nullptr && found->control.system_id == cluster;
}

std::optional<std::uint32_t> Observed::wal_segment() const {
  const auto* found = std::get_if<core::directory::Cluster>(&facts_.directory);
  return found == nullptr ? std::nullopt : std::optional(found->control.wal_segment);
}

void Observed::server_is(core::server::State state) {
  facts_.server = state;
}

void Observed::promoted() {
  if (auto* running = std::get_if<core::server::Running>(&facts_.server))
    running->role = core::Role::primary;
}

void Observed::passwords_hold(bool hold, core::Instant at) {
  facts_.passwords_hold = core::Seen<bool>{.value = hold, .at = at};
}

void Observed::cannot_stream(std::optional<core::rejoin::Facts> facts, core::Instant at) {
  facts_.cannot_stream.reset();
  if (facts)
    facts_.cannot_stream = core::Seen<core::rejoin::Facts>{.value = *std::move(facts), .at = at};
}

void Observed::streams(bool streams) {
  facts_.streams = streams;
  if (streams) facts_.cannot_stream.reset();
}

void Observed::ended(core::LongResult result) {
  facts_.finished = std::move(result);
}

void Observed::answered(core::Ordinal peer, core::peer::Answer answer, core::Instant at) {
  facts_.peers.insert_or_assign(peer, core::Seen<core::peer::Answer>{.value = answer, .at = at});
}

}  // namespace runtime
