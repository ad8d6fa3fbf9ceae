#include "postgres/placeholder.hpp"

#include <array>
#include <memory>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace postgres {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr int most_connections = 16;
constexpr auto patience = std::chrono::seconds(2);
// PostgreSQL, "Frontend/Backend Protocol", "Message Formats".
constexpr std::uint32_t ssl_request = 80877103;
constexpr std::uint32_t gssenc_request = 80877104;
constexpr std::uint32_t longest_startup = 10000;  // MAX_STARTUP_PACKET_LENGTH

std::uint32_t big_endian(const unsigned char* bytes) {
  return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U |
         std::uint32_t{bytes[2]} << 8U | bytes[3];
}

std::string error_response() {
  std::string fields;
  const auto add = [&fields](char type, std::string_view value) {
    fields += type;
    fields += value;
    fields += '\0';
  };
  add('S', "FATAL");
  add('V', "FATAL");
  add('C', "57P03");
  add('M', without_data_text);
  fields += '\0';
  const auto length = static_cast<std::uint32_t>(fields.size() + 4);
  std::string message = "E";
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    message += static_cast<char>(length >> shift & 0xFFU);
  return message + fields;
}

/// Reads the startup packet, says no to encryption, answers.
asio::awaitable<void> answer(std::shared_ptr<tcp::socket> socket) {
  for (int packets = 0; packets < 3; ++packets) {
    std::array<unsigned char, 8> head{};
    const auto [head_error, got] =
        co_await asio::async_read(*socket, asio::buffer(head), as_result);
    if (head_error) co_return;
    const std::uint32_t length = big_endian(head.data());
    const std::uint32_t code = big_endian(head.data() + 4);
    if (length < head.size() || length > longest_startup) co_return;
    if (code == ssl_request || code == gssenc_request) {
      const auto [error, sent] =
          co_await asio::async_write(*socket, asio::buffer("N", 1), as_result);
      if (error) co_return;
      continue;
    }
    std::string rest(length - head.size(), '\0');
    const auto [rest_error, more] =
        co_await asio::async_read(*socket, asio::buffer(rest), as_result);
    if (rest_error) co_return;
    const std::string message = error_response();
    co_await asio::async_write(*socket, asio::buffer(message), as_result);
    co_return;
  }
}

}  // namespace

Placeholder::Placeholder(const asio::any_io_executor& executor) : acceptor_(executor) {}

std::error_code Placeholder::listen(std::uint16_t port) {
  if (listening()) return {};
  boost::system::error_code error;
  // Both families where the host has IPv6, else IPv4 alone.
  tcp::endpoint endpoint(tcp::v6(), port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) {
    acceptor_.set_option(asio::ip::v6_only(false), error);
  } else {
    endpoint = tcp::endpoint(tcp::v4(), port);
    acceptor_.open(endpoint.protocol(), error);
  }
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(most_connections, error);
  if (error) {
    close();
    return error;
  }
  accept();
  return {};
}

void Placeholder::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

void Placeholder::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket accepted) {
    if (error) return;  // closed, or no descriptors: a courtesy is not worth a busy loop
    if (connections_ < most_connections) {
      ++connections_;
      auto socket = std::make_shared<tcp::socket>(std::move(accepted));
      auto timer = std::make_shared<asio::steady_timer>(socket->get_executor(), patience);
      timer->async_wait([socket](const boost::system::error_code& cancelled) {
        boost::system::error_code ignored;
        if (!cancelled) socket->close(ignored);
      });
      asio::co_spawn(socket->get_executor(), answer(socket),
                     [this, timer](const std::exception_ptr&) {
                       timer->cancel();
                       --connections_;
                     });
    }
    accept();
  });
}

}  // namespace postgres
