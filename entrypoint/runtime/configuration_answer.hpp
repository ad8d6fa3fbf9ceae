#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "http/peer_message.hpp"
#include "postgres/configuration_query.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// What PostgreSQL has in force; nothing: it does not answer, or there is no role of ours to ask it
/// (standalone mode).
[[nodiscard]] boost::asio::awaitable<std::optional<postgres::InForce>> in_force(
    const Context& context);

/// The mistakes that PostgreSQL finds in its files, with which it would not start. Empty where it
/// cannot be asked.
[[nodiscard]] boost::asio::awaitable<std::vector<std::string>> file_errors(const Context& context);

/// What PostgreSQL made of a reload.
struct ServerReread {
  bool read = false;  ///< its files; false: a mistake kept it from that
  std::vector<std::string> changed;
  std::vector<std::string> pending;
  std::vector<std::string> errors;
};
/// Waits a bounded time until it has read its files since `before`.
[[nodiscard]] boost::asio::awaitable<std::optional<ServerReread>> server_reread(
    const Context& context, postgres::InForce before);

/// What `pgordinal reload` says. `server`: nothing where it could not be asked.
[[nodiscard]] http::Said reload_answer(const Reread& ours,
                                       const std::optional<ServerReread>& server);

}  // namespace runtime
