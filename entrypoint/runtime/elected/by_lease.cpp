#include "runtime/elected/by_lease.hpp"

#include <utility>

#include "http/pages.hpp"
#include "log/log.hpp"
#include "runtime/clock.hpp"
#include "runtime/member_statuses.hpp"
#include "runtime/observe.hpp"
#include "runtime/random.hpp"

namespace runtime::elected {

namespace asio = boost::asio;
using core::elected::Phase;
using core::server::Running;

namespace {

constexpr core::Duration rest_when_calm = std::chrono::milliseconds(1000);
constexpr core::Duration rest_when_not = std::chrono::milliseconds(200);

core::elected::Settings settings_of(const core::Settings& settings) {
  const core::ClusterSettings& cluster = settings.cluster;
  const core::Identity& identity = *cluster.identity;
  return {.self = {.pod_uid = settings.elected.pod_uid.empty() ? identity.pod().text
                                                               : settings.elected.pod_uid,
                   .nonce = random_number()},
          .pod = identity.pod(),
          .ordinal = identity.ordinal,
          .node = settings.elected.node_name,
          .peers = peers_of(cluster),
          .timing = settings.elected.timing,
          .lag_limit = settings.elected.lag_limit,
          .stop_fast = settings.stop.fast};
}

}  // namespace

std::expected<std::unique_ptr<Driver>, std::string> ByLease::make(
    const asio::any_io_executor& executor, process::Reaper& reaper, const Context& context,
    bool locked, std::function<void()> changed) {
  auto access = kubernetes::in_cluster(context.environment);
  if (!access) return std::unexpected("cluster.mode = \"elected\": " + access.error());
  auto fence = process::Fence::start(context.settings.official.pgdata, now);
  if (!fence) return std::unexpected(fence.error());
  return std::make_unique<ByLease>(executor, reaper, context, *access, std::move(*fence), locked,
                                   std::move(changed));
}

ByLease::ByLease(const asio::any_io_executor& executor, process::Reaper& reaper,
                 const Context& context, const kubernetes::Access& access, process::Fence fence,
                 bool locked, std::function<void()> changed)
    : executor_(executor),
      context_(context),
      changed_(std::move(changed)),
      reaper_(reaper),
      settings_(settings_of(context.settings)),
      fence_(std::move(fence)),
      copy_(context, settings_.pod, locked),
      server_(executor, reaper, context,
              [this](const core::server::State& state) { server_seen(state); }),
      lease_(executor, access, context.settings.elected.lease,
             {.seen =
                  [this](core::elected::LeaseSeen seen) {
                    observed_.seen(std::move(seen));
                    // Where the server stands may matter now.
                    poll_.hurry();
                    changed_();
                  },
              .read_failed =
                  [this](core::elected::ReadFailed failed) {
                    observed_.read_failed(failed);
                    ++lease_writes_.reads_failed;
                    changed_();
                  },
              .write_ended =
                  [this](core::elected::WriteEnded ended) {
                    count(ended.outcome);
                    observed_.write_ended(std::move(ended));
                    changed_();
                  }}),
      labels_(executor, access),
      events_(executor, access, settings_),
      members_(
          executor, context,
          {.answered =
               [this](core::elected::PeerAnswer answer) {
                 observed_.answered(std::move(answer));
                 changed_();
               },
           .asked =
               [this](core::elected::PeerQuestion question) {
                 observed_.asked(std::move(question));
                 changed_();
               },
           .self =
               [this] {
                 return core::elected::Member{
                     .pod = settings_.pod,
                     .data = copy_.facts().data_id.value_or(core::elected::DataId{})};
               },
           .identity =
               [this] {
                 const auto& position = copy_.facts().position;
                 return http::Identity{
                     .streams = observed_.server().streams,
                     .follows = observed_.server().follows,
                     .flushed = position ? std::optional(position->flushed) : std::nullopt};
               },
           .commanded =
               [this](core::elected::Command command) { return commanded(std::move(command)); },
           .page = [this](std::string_view target) { return http::show(status(now()), target); }}),
      wal_room_(executor, context),
      works_(executor, reaper, [this](core::elected::Work work, bool ok) { work_ended(work, ok); }),
      orders_(executor, context, told()),
      poll_(executor, context, members_,
            {.stands = [this](const postgres::Standing& standing) { stands(standing); },
             .fails = [this](const postgres::SqlError& error) { does_not_answer(error); },
             .standbys =
                 [this](std::vector<core::elected::StreamingStandby> standbys) {
                   observed_.standbys_are(std::move(standbys));
                   changed_();
                 },
             .timeline_on_disk = [this] { return copy_.timeline_on_disk(); },
             .system_id =
                 [this] {
                   const auto& position = copy_.facts().position;
                   return position ? position->system_id : core::SystemId{};
                 }}),
      perform_({.context = context,
                .fence = fence_,
                .server = server_,
                .lease = lease_,
                .labels = labels_,
                .events = events_,
                .members = members_,
                .copy = copy_,
                .works = works_,
                .observed = observed_,
                .orders = orders_,
                .wal_room = wal_room_,
                .changed = changed_}),
      journal_(settings_),
      chores_(
          executor, context, members_, [this] { return listed(); }, changed_),
      control_(
          executor, settings_.pod, members_, orders_,
          {.memory = [this]() -> const core::elected::Memory& { return memory_; },
           .command =
               [this](core::elected::Command command) { return commanded(std::move(command)); },
           .status = [this] { return status(now()); },
           .history = [this] { return history(); },
           .peers = settings_.peers}),
      space_(context.settings.official.pgdata) {
  fence_.watch(reaper, [this](core::ExitStatus status) {
    logs::event(logs::Level::error, "fence_ended", {{"status", core::to_text(status)}});
    changed_();
  });
}

std::optional<std::string> ByLease::refusal() const {
  const auto* cluster = std::get_if<core::directory::Cluster>(&copy_.facts().content);
  if (cluster == nullptr) return std::nullopt;
  const std::string& pgdata = context_.settings.official.pgdata;
  const std::string major = program_major(context_);
  if (!major.empty() && major != cluster->version) {
    return "the data directory " + pgdata + " is of PostgreSQL " + cluster->version +
           ", the image's programs are of " + major +
           ". Use an image of that version, or pg_upgrade";
  }
  if (!cluster->session_key) {
    return "the cluster in " + pgdata +
           " was not made by pgordinal and lacks its role: start it once with cluster.mode = "
           "\"static\", which adds it";
  }
  return std::nullopt;
}

void ByLease::begin() {
  if (const auto recovered = copy_.recover(); !recovered)
    return perform_.leave_with(recovered.error().message);
  look_at_copy();
  if (const auto why = refusal()) return perform_.leave_with(*why);
  if (const auto listening = members_.listen(); !listening)
    return perform_.leave_with(listening.error());
  logs::event(logs::Level::info, "elected_mode",
              {{"lease", context_.settings.elected.lease},
               {"holder_identity", settings_.self.pod_uid},
               {"port", context_.settings.http.port}});
  lease_.watch();
  control_.listen();
}

void ByLease::look_at_copy() {
  const Outcome<> looked = copy_.look();
  if (!looked) logs::event(logs::Level::error, "volume", {}, looked.error().message);
}

std::optional<core::Instant> ByLease::tick(core::Instant at) {
  if (perform_.exit_code()) return std::nullopt;
  if (reload_ && !memory_.work) reload();
  core::elected::Facts facts = observed_.at(at, copy_.facts(), fence_);
  facts.wal_at_primary = chores_.wal_at_primary();
  if (const auto* cluster = std::get_if<core::directory::Cluster>(&facts.volume.content))
    facts.wal_room = wal_room_.look(cluster->control.wal_segment, at);
  core::elected::Decision decision = core::elected::decide(settings_, memory_, facts);
  memory_ = decision.next;
  observed_.decided();
  journal_.decided(decision, facts);
  remember_reason(decision, facts);
  events_.decided(decision.reason, words_, memory_.holding.has_value());
  perform_(decision.actions);
  orders_.decided(memory_.ordered.has_value());
  const bool calm = serves() || (observed_.server().streams && memory_.view.sighting &&
                                 memory_.view.sighting->record.holder);
  poll_.rest(calm ? rest_when_calm : rest_when_not);
  const auto chore = chores_.look(at, observed_.server(), serves());
  if (!decision.wake || (chore && *chore < *decision.wake)) return chore;
  return decision.wake;
}

bool ByLease::serves() const {
  return memory_.holding && memory_.holding->phase == Phase::open && !memory_.handover &&
         !memory_.stopping && std::holds_alternative<Running>(observed_.server().state);
}

void ByLease::work_ended(core::elected::Work work, bool ok) {
  using core::elected::Work;
  if (work == Work::promote) {
    if (ok) {
      ++promotions_;
      server_.promoted();
      if (auto* running = std::get_if<Running>(&observed_.server().state)) {
        running->role = core::Role::primary;
        running->phase = core::ServerPhase::ready;
      }
      observed_.server().follows.reset();
      observed_.server().streams = false;
    }
  } else if (work != Work::checkpoint) {
    look_at_copy();
  }
  observed_.work_ended({.work = work, .ok = ok});
  poll_.hurry();
  changed_();
}

void ByLease::reload() {
  reload_ = false;
  if (context_.reread_settings) context_.reread_settings();
  settings_.stop_fast = context_.settings.stop.fast;
  members_.use_keys();
  chores_.passwords_changed();
  if (!std::holds_alternative<Running>(observed_.server().state)) return;
  if (const Outcome<> done = server_.reload(); !done)
    logs::event(logs::Level::error, "reload_failed", {}, done.error().message);
}

}  // namespace runtime::elected
