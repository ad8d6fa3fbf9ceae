#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/identity.hpp"
#include "core/time.hpp"
#include "http/peer_message.hpp"

/// What an operator tells PID 1 from inside the pod, over a Unix socket.
namespace http {

/// Hand over, to anybody that can or to one pod.
struct Switchover {
  std::optional<core::PodName> to{};
  bool dry_run = false;  ///< only say what would happen
  bool operator==(const Switchover&) const = default;
};
/// R19: that pod becomes the primary although nobody knows that it has everything.
struct Failover {
  core::PodName pod{};
  bool operator==(const Failover&) const = default;
};
/// Members take over by themselves, or do not.
struct Pause {
  bool on = true;
  bool operator==(const Pause&) const = default;
};
/// Settings and PostgreSQL's configuration are read again: as SIGHUP to PID 1.
struct Reload {
  bool operator==(const Reload&) const = default;
};
/// Of this pod's PostgreSQL, in place.
struct Restart {
  bool if_pending = false;  ///< only where a parameter waits for it
  bool operator==(const Restart&) const = default;
};
/// A new clone in place of a standby's copy.
struct Reinit {
  std::optional<core::PodName> pod{};  ///< nothing: this one
  bool operator==(const Reinit&) const = default;
};
using Order = std::variant<Switchover, Failover, Pause, Reload, Restart, Reinit>;

[[nodiscard]] std::string to_text(const Order& order);  ///< a JSON object
/// The error is one line that says what is wrong with the text.
[[nodiscard]] std::expected<Order, std::string> parse_order(std::string_view text);
[[nodiscard]] std::string to_text(const Said& said);
[[nodiscard]] std::expected<Said, std::string> parse_said(std::string_view text);

/// Where the socket may be, best first; server and client look at the same places.
[[nodiscard]] std::vector<std::filesystem::path> control_directories();
[[nodiscard]] std::filesystem::path control_socket(const std::filesystem::path& directory);

inline constexpr char cluster_path[] = "/cluster";  ///< GET
inline constexpr char members_path[] = "/members";  ///< GET: status_text.hpp, of all members
inline constexpr char history_path[] = "/history";  ///< GET: history_text.hpp
/// POST, an Order; the reply is a Said. GET: how far the last restart or reinit is, a Said.
inline constexpr char order_path[] = "/order";

struct ControlHandlers {
  /// Ends when the order is carried out or refused, or goes on without this; cancelled after
  /// `thinking`.
  std::function<boost::asio::awaitable<Said>(Order)> order{};
  std::function<std::string()> cluster{};  ///< the JSON text of `GET /cluster`
  /// The JSON text of `GET /members`.
  std::function<boost::asio::awaitable<std::string>()> members{};
  std::function<Said()> course{};          ///< of the last order that went on
  std::function<std::string()> history{};  ///< the JSON text of `GET /history`
};

/// The socket: `pgordinal.control/socket` (0600) in a directory that only PID 1's user may enter
/// (0700), so nobody but that user and root gives orders. Nothing secret goes over it. Removes it
/// at its end.
class ControlServer {
 public:
  /// In the first of `directories` where that is possible; the error says what was wrong with each.
  /// A socket that nobody serves any more is replaced, a served one is somebody else's.
  [[nodiscard]] static std::expected<ControlServer, std::string> listen(
      const boost::asio::any_io_executor& executor, ControlHandlers handlers,
      const std::vector<std::filesystem::path>& directories = control_directories(),
      core::Duration thinking = std::chrono::minutes(2));

  ControlServer(ControlServer&&) noexcept;
  ControlServer& operator=(ControlServer&&) noexcept;
  ~ControlServer();

  [[nodiscard]] const std::filesystem::path& path() const;

 private:
  struct State;
  explicit ControlServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct ControlError {
  bool nobody = false;  ///< no PID 1 serves the socket; else what became of the order is not known
  std::string message{};  ///< a sentence without a full stop
};

/// Gives the order to the PID 1 of this pod.
[[nodiscard]] boost::asio::awaitable<std::expected<Said, ControlError>> give(
    boost::asio::any_io_executor executor, Order order, core::Duration timeout,
    std::vector<std::filesystem::path> directories = control_directories());
/// What `GET /order` says.
[[nodiscard]] boost::asio::awaitable<std::expected<Said, ControlError>> show_course(
    boost::asio::any_io_executor executor, core::Duration timeout,
    std::vector<std::filesystem::path> directories = control_directories());
/// What `GET /history` says.
[[nodiscard]] boost::asio::awaitable<std::expected<std::string, ControlError>> show_history(
    boost::asio::any_io_executor executor, core::Duration timeout,
    std::vector<std::filesystem::path> directories = control_directories());
/// What `GET /members` says.
[[nodiscard]] boost::asio::awaitable<std::expected<std::string, ControlError>> show_members(
    boost::asio::any_io_executor executor, core::Duration timeout,
    std::vector<std::filesystem::path> directories = control_directories());
/// What `GET /cluster` says.
[[nodiscard]] boost::asio::awaitable<std::expected<std::string, ControlError>> show_cluster(
    boost::asio::any_io_executor executor, core::Duration timeout,
    std::vector<std::filesystem::path> directories = control_directories());

}  // namespace http
