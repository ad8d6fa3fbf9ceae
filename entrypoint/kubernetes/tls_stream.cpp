#include "kubernetes/tls_stream.hpp"

#include <sys/socket.h>

#include <cerrno>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace kubernetes {

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::awaitable;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Shared with the resolver's own thread's answer, which may come long after we gave up.
struct Resolving {
  explicit Resolving(const asio::any_io_executor& executor) : resolver(executor), timer(executor) {}
  asio::ip::tcp::resolver resolver;
  asio::steady_timer timer;
  bool done = false;
  error_code error;
  asio::ip::tcp::resolver::results_type found;
};

std::unexpected<Broken> broken(Broken::Stage stage, std::string message) {
  return std::unexpected(Broken{.stage = stage, .message = std::move(message)});
}

}  // namespace

TlsStream::TlsStream(asio::any_io_executor executor, Access access)
    : executor_(std::move(executor)), access_(std::move(access)), timer_(executor_) {}

std::string TlsStream::where() const {
  return "the API server at " + access_.host + ":" + std::to_string(access_.port);
}

std::string TlsStream::text_of(const error_code& error) const {
  if (late_) return "timed out";
  if (error == asio::error::eof || error == ssl::error::stream_truncated)
    return "the server closed the connection";
  return error.message();
}

bool TlsStream::is_silent() const {
  if (!stream_) return false;
  char byte = 0;
  const int socket = stream_->next_layer().native_handle();
  // Between two answers there is nothing to read but the end, or TLS's word of it.
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

awaitable<std::expected<TlsStream::Addresses, Broken>> TlsStream::resolve(core::Duration timeout) {
  auto work = std::make_shared<Resolving>(executor_);
  work->timer.expires_after(timeout);
  work->resolver.async_resolve(access_.host, std::to_string(access_.port),
                               [work](const error_code& error, auto found) {
                                 work->done = true;
                                 work->error = error;
                                 work->found = std::move(found);
                                 work->timer.cancel();
                               });
  co_await work->timer.async_wait(as_result);
  if (!work->done) {
    work->resolver.cancel();
    co_return broken(Broken::Stage::reach, "looking up " + access_.host + " timed out");
  }
  if (work->error) {
    co_return broken(Broken::Stage::reach,
                     "cannot look up " + access_.host + ": " + work->error.message());
  }
  co_return std::move(work->found);
}

// Read anew for each connection: the CA may be replaced as well.
std::expected<void, Broken> TlsStream::prepare() {
  const auto failed = [](const std::string& what) { return broken(Broken::Stage::tls, what); };
  context_.emplace(ssl::context::tls_client);
  error_code error;
  context_->load_verify_file(access_.ca_file.string(), error);
  if (error) return failed("cannot use " + access_.ca_file.string() + ": " + error.message());
  stream_ = std::make_unique<Stream>(executor_, *context_);
  stream_->set_verify_mode(ssl::verify_peer, error);
  if (!error) stream_->set_verify_callback(ssl::host_name_verification(access_.host), error);
  if (error) return failed("cannot set up TLS: " + error.message());
  error_code is_name;
  asio::ip::make_address(access_.host, is_name);
  if (is_name) SSL_set_tlsext_host_name(stream_->native_handle(), access_.host.c_str());
  return {};
}

awaitable<error_code> TlsStream::connect(Addresses found) {
  error_code refused = asio::error::not_found;
  for (const auto& each : found) {
    error_code ignored;
    stream_->next_layer().close(ignored);
    const auto [error] = co_await stream_->next_layer().async_connect(each.endpoint(), as_result);
    refused = error;
    if (!error || late_) break;
  }
  co_return refused;
}

awaitable<std::expected<void, Broken>> TlsStream::open(core::Duration timeout) {
  auto found = co_await resolve(timeout);
  if (!found) co_return std::unexpected(std::move(found.error()));
  if (auto ready = prepare(); !ready) co_return ready;
  const Deadline deadline(*this, timeout);
  const error_code refused = co_await connect(std::move(*found));
  if (refused)
    co_return broken(Broken::Stage::reach, "cannot reach " + where() + ": " + text_of(refused));
  error_code ignored;
  stream_->next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto [untrusted] = co_await stream_->async_handshake(ssl::stream_base::client, as_result);
  if (untrusted)
    co_return broken(Broken::Stage::tls, "no TLS with " + where() + ": " + text_of(untrusted));
  co_return std::expected<void, Broken>{};
}

awaitable<error_code> TlsStream::send(std::string text) {
  error_code error;
  for (std::size_t sent = 0; !error && sent < text.size();) {
    const asio::const_buffer rest_of_it(text.data() + sent, text.size() - sent);
    const auto [failed, size] = co_await stream_->async_write_some(rest_of_it, as_result);
    error = failed;
    sent += size;
  }
  co_return error;
}

awaitable<TlsStream::Received> TlsStream::receive(asio::mutable_buffer into) {
  const auto [error, size] = co_await stream_->async_read_some(into, as_result);
  Received received;
  received.error = error;
  received.size = size;
  co_return received;
}

TlsStream::Deadline::Deadline(TlsStream& stream, core::Duration timeout)
    : stream_(stream.shared_from_this()) {
  stream.late_ = false;
  stream.timer_.expires_after(timeout);
  stream.timer_.async_wait([held = stream_, step = stream.step_](const error_code& error) {
    if (error || step != held->step_) return;
    held->late_ = true;
    error_code ignored;
    if (held->stream_) held->stream_->next_layer().close(ignored);
  });
}

TlsStream::Deadline::~Deadline() {
  ++stream_->step_;
  stream_->timer_.cancel();
}

}  // namespace kubernetes
