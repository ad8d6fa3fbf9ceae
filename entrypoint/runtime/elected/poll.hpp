#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/elected/facts.hpp"
#include "postgres/session.hpp"
#include "postgres/standing.hpp"
#include "runtime/elected/members.hpp"
#include "runtime/long_run.hpp"
#include "runtime/repeated.hpp"

namespace runtime::elected {

/// Asks the running server again and again where it stands, over one session that stays open, and
/// on the primary who its standbys are: a walsender shows a pod's name, the pod itself says which
/// copy of the data it is (R4, R16).
class Poll {
 public:
  struct Told {
    std::function<void(const postgres::Standing&)> stands;
    std::function<void(const postgres::SqlError&)> fails;
    std::function<void(std::vector<core::elected::StreamingStandby>)> standbys;
    /// What pg_control says, for a standby that does not stream.
    std::function<core::Timeline()> timeline_on_disk;
    std::function<core::SystemId()> system_id;
  };

  Poll(const boost::asio::any_io_executor& executor, const Context& context, Members& members,
       Told told);

  /// A server was started, or ended.
  void server_runs(bool runs);
  /// Ask at once: something has just changed.
  void hurry();
  /// How long to rest between two questions.
  void rest(core::Duration rest) { rest_ = rest; }

 private:
  boost::asio::awaitable<void> keep_asking(std::uint64_t life);
  boost::asio::awaitable<void> identify(postgres::Sender sender, std::uint64_t life);
  void hear(const postgres::Standing& standing, std::uint64_t life);

  struct Identified {
    pid_t walsender = 0;
    std::optional<core::elected::Member> member{};  ///< nothing: the answer is on its way
  };

  boost::asio::any_io_executor executor_;
  const Context& context_;
  Members& members_;
  Told told_;
  boost::asio::steady_timer timer_;
  core::Duration rest_ = std::chrono::milliseconds(250);
  std::uint64_t life_ = 0;  ///< of the server: what is older is of another one
  bool runs_ = false;
  bool hurry_ = false;  ///< the question on its way may show what was before
  std::map<core::PodName, Identified> identified_;
};

}  // namespace runtime::elected
