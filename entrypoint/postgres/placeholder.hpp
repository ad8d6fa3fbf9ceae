#pragma once

#include <cstdint>
#include <string_view>
#include <system_error>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace postgres {

/// What a placeholder tells everybody who connects. ask_peer() knows it by this text.
inline constexpr std::string_view without_data_text =
    "pgordinal: the volume of this pod is empty, it waits for the primary";

/// Listens in PostgreSQL's place while this pod has no data, and answers each connection with one
/// FATAL error, 57P03. A peer then knows that this pod is up and holds no cluster (S4), and a
/// client gets a reason instead of a refusal. Owned by Perform, from the first wait to the start of
/// the server. It never reads more than a startup packet, keeps at most 16 connections, and each
/// for at most 2 s.
class Placeholder {
 public:
  explicit Placeholder(const boost::asio::any_io_executor& executor);

  /// Does nothing where it listens already. A port that is taken is not an error for us: the caller
  /// may ignore it.
  std::error_code listen(std::uint16_t port);
  void close();
  [[nodiscard]] bool listening() const { return acceptor_.is_open(); }

 private:
  void accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  int connections_ = 0;
};

}  // namespace postgres
