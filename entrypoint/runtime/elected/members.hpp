#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/elected/action.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "runtime/long_run.hpp"

namespace runtime::elected {

/// The other members, over HTTP: asks what a decision asks, and puts what they ask before a
/// decision.
class Members {
 public:
  struct Told {
    std::function<void(core::elected::PeerAnswer)> answered;
    std::function<void(core::elected::PeerQuestion)> asked;
    std::function<core::elected::Member()> self;
    std::function<http::Identity()> identity;
    std::function<boost::asio::awaitable<http::Said>(core::elected::Command)> commanded;
    std::function<http::Page(std::string_view target)> page;
  };

  Members(const boost::asio::any_io_executor& executor, const Context& context, Told told);

  /// Listens from now on. The error says what is in the way.
  [[nodiscard]] std::expected<void, std::string> listen();
  /// After a reload: the cluster's secret may be another one.
  void use_keys();

  void ask(const core::elected::action::Ask& deed);
  void answer(const core::elected::action::Answer& deed);
  /// The last time that this pod's name was looked up, the resolver said that there is none.
  [[nodiscard]] bool is_missing(const core::PodName& pod) const;

  /// One question outside of decisions.
  [[nodiscard]] boost::asio::awaitable<std::expected<http::Response, std::string>> call(
      core::PodName pod, decltype(http::Request::what) what, core::Duration limit);

 private:
  struct Waiting {
    boost::asio::steady_timer timer;
    std::optional<core::elected::answer::Any> answer{};
  };

  boost::asio::awaitable<void> ask_one(core::elected::Member whom, std::uint64_t round,
                                       core::elected::question::Any question,
                                       core::Instant deadline);
  boost::asio::awaitable<http::Response> respond(http::Request request);
  boost::asio::awaitable<std::expected<http::Response, std::string>> send(http::Request request,
                                                                          core::Duration limit);
  using Addresses = std::expected<std::vector<std::string>, std::string>;
  boost::asio::awaitable<Addresses> look_up(std::string host,
                                            std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] http::Keys keys() const;
  [[nodiscard]] std::string address(const core::PodName& pod) const;

  boost::asio::any_io_executor executor_;
  const Context& context_;
  core::PodName self_;
  Told told_;
  std::optional<http::Server> server_;
  std::map<std::uint64_t, std::shared_ptr<Waiting>> waiting_;
  std::uint64_t last_ticket_ = 0;
  std::map<std::string, std::vector<std::string>> known_;  ///< addresses by host
  std::set<std::string> missing_;  ///< hosts without a name when they were last looked up
  std::set<std::string> gone_;     ///< hosts of which the resolver said that there is no such name
};

}  // namespace runtime::elected
