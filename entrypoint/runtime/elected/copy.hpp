#pragma once

#include <filesystem>
#include <optional>

#include "core/elected/facts.hpp"
#include "postgres/member_file.hpp"
#include "runtime/long_run.hpp"

namespace runtime::elected {

/// This pod's copy of the data: what is in PGDATA, where it stands, and what the volume remembers
/// of elected mode. Read and written on the loop's thread: small files.
class Copy {
 public:
  Copy(const Context& context, core::PodName pod, bool locked);

  [[nodiscard]] const core::elected::Volume& facts() const { return facts_; }

  /// Once, before anything is served: a clone in place that was killed leaves the copy that it was
  /// to replace whole, and that may be needed more than before. Its unfinished one goes.
  [[nodiscard]] Outcome<> recover();
  /// PGDATA anew: at the start, and after everything that changes it. A cluster without a data id
  /// (of static mode, or one that a person put there) is given one.
  [[nodiscard]] Outcome<> look();
  /// Where the running server said that it stands; `replayed`: all that it has.
  void stands_at(core::Timeline timeline, core::Lsn flushed, bool replayed);
  /// The promotion to it ended well.
  void promoted(core::Timeline timeline);
  /// What pg_control says, for a standby that does not stream.
  [[nodiscard]] core::Timeline timeline_on_disk() const;
  /// The server runs or ends: what pg_control says of the position is then too old, or right again.
  void server_runs(bool runs);

  [[nodiscard]] Outcome<> remember(std::uint32_t transitions, core::Timeline claimed);
  [[nodiscard]] Outcome<> withdraw(core::elected::Withdrawal withdrawal);
  [[nodiscard]] Outcome<> clear_withdrawal();

 private:
  [[nodiscard]] Outcome<> write(const postgres::MemberFile& member);
  void take(const postgres::MemberFile& member);
  void read_history(core::Timeline timeline);
  [[nodiscard]] std::optional<core::directory::ControlData> control_data() const;
  [[nodiscard]] std::optional<core::elected::Position> position_on_disk() const;

  core::PodName pod_;
  std::filesystem::path pgdata_;
  postgres::MemberFile member_;
  core::elected::Volume facts_;
  bool runs_ = false;
  core::Timeline history_of_;
};

}  // namespace runtime::elected
