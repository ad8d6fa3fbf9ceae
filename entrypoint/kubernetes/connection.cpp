#include "kubernetes/connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <charconv>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace kubernetes {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
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

std::unexpected<Broken> broken(Broken::Stage stage, std::string message, bool answered = false) {
  return std::unexpected(
      Broken{.stage = stage, .answered = answered, .message = std::move(message)});
}

std::string text_of(const error_code& error) {
  if (error == beast::error::timeout) return "timed out";
  if (error == http::error::end_of_stream || error == asio::error::eof ||
      error == ssl::error::stream_truncated)
    return "the server closed the connection";
  return error.message();
}

std::optional<core::Duration> retry_after(std::string_view text) {
  int seconds = 0;  // the other form, a date, would need the time of day
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) return {};
  return std::chrono::seconds(seconds);
}

}  // namespace

struct Connection::State {
  using Stream = ssl::stream<beast::tcp_stream>;
  using Parser = http::response_parser<http::string_body>;

  State(asio::any_io_executor executor, Access access)
      : executor(std::move(executor)), access(std::move(access)) {}

  [[nodiscard]] std::string where() const {
    return "the API server at " + access.host + ":" + std::to_string(access.port);
  }

  awaitable<std::expected<asio::ip::tcp::resolver::results_type, Broken>> resolve(
      core::Duration timeout) {
    auto work = std::make_shared<Resolving>(executor);
    work->timer.expires_after(timeout);
    work->resolver.async_resolve(access.host, std::to_string(access.port),
                                 [work](const error_code& error, auto found) {
                                   work->done = true;
                                   work->error = error;
                                   work->found = std::move(found);
                                   work->timer.cancel();
                                 });
    co_await work->timer.async_wait(as_result);
    if (!work->done) {
      work->resolver.cancel();
      co_return broken(Broken::Stage::reach, "looking up " + access.host + " timed out");
    }
    if (work->error) {
      co_return broken(Broken::Stage::reach,
                       "cannot look up " + access.host + ": " + work->error.message());
    }
    co_return std::move(work->found);
  }

  // Read anew for each connection: the CA may be replaced as well.
  std::expected<void, Broken> prepare_tls() {
    const auto failed = [](const std::string& what) { return broken(Broken::Stage::tls, what); };
    context.emplace(ssl::context::tls_client);
    error_code error;
    context->load_verify_file(access.ca_file.string(), error);
    if (error) return failed("cannot use " + access.ca_file.string() + ": " + error.message());
    stream = std::make_unique<Stream>(executor, *context);
    stream->set_verify_mode(ssl::verify_peer, error);
    if (!error) stream->set_verify_callback(ssl::host_name_verification(access.host), error);
    if (error) return failed("cannot set up TLS: " + error.message());
    error_code is_name;
    asio::ip::make_address(access.host, is_name);
    if (is_name) SSL_set_tlsext_host_name(stream->native_handle(), access.host.c_str());
    return {};
  }

  awaitable<std::expected<void, Broken>> send(const Request& request, const std::string& token) {
    http::request<http::string_body> message;
    message.method_string(request.method);
    message.target(request.target);
    message.version(11);
    message.set(http::field::host, access.host);
    message.set(http::field::user_agent, "pgordinal");
    message.set(http::field::accept, "application/json");
    message.set(http::field::authorization, "Bearer " + token);
    if (!request.content_type.empty()) message.set(http::field::content_type, request.content_type);
    message.body() = request.body;
    message.prepare_payload();
    const auto [error, size] = co_await http::async_write(*stream, message, as_result);
    if (error)
      co_return broken(Broken::Stage::exchange,
                       "cannot send to " + where() + ": " + text_of(error));
    co_return std::expected<void, Broken>{};
  }

  // The request, and the head of its answer.
  awaitable<std::expected<Response, Broken>> ask(const Request& request, const std::string& token,
                                                 core::Duration timeout) {
    beast::get_lowest_layer(*stream).expires_after(timeout);
    if (auto sent = co_await send(request, token); !sent) co_return std::unexpected(sent.error());
    parser.emplace();
    parser->body_limit(largest);
    const auto [error, size] =
        co_await http::async_read_header(*stream, buffer, *parser, as_result);
    if (error)
      co_return broken(Broken::Stage::exchange, "no answer from " + where() + ": " + text_of(error),
                       size > 0);
    co_return head();
  }

  awaitable<std::expected<Response, Broken>> read_rest() {
    const auto [error, size] = co_await http::async_read(*stream, buffer, *parser, as_result);
    if (error)
      co_return broken(Broken::Stage::exchange,
                       "no whole answer from " + where() + ": " + text_of(error), true);
    Response response = head();
    response.body = std::move(parser->get().body());
    if (!parser->keep_alive()) stream.reset();
    co_return response;
  }

  [[nodiscard]] Response head() const {
    const auto& message = parser->get();
    return {.status = static_cast<int>(message.result_int()),
            .body = {},
            .retry_after = retry_after(message[http::field::retry_after])};
  }

  asio::any_io_executor executor;
  Access access;
  std::optional<ssl::context> context;
  std::unique_ptr<Stream> stream;
  beast::flat_buffer buffer;
  std::optional<Parser> parser;
  std::string rest;  // of a body that is read line by line
};

namespace {

// Leaves a connection closed unless what was begun on it came to its end: also on a cancellation.
class Undecided {
 public:
  explicit Undecided(Connection& connection) : connection_(connection) {}
  Undecided(const Undecided&) = delete;
  ~Undecided() {
    if (!decided_) connection_.close();
  }
  void decided() { decided_ = true; }

 private:
  Connection& connection_;
  bool decided_ = false;
};

}  // namespace

Connection::Connection(asio::any_io_executor executor, Access access)
    : state_(std::make_shared<State>(std::move(executor), std::move(access))) {}
Connection::~Connection() = default;

bool Connection::usable() const {
  if (!state_->stream || state_->buffer.size() > 0) return false;
  char byte = 0;
  const int socket = state_->stream->next_layer().socket().native_handle();
  // Between two answers there is nothing to read but the end, or TLS's word of it.
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void Connection::close() {
  state_->stream.reset();
  state_->parser.reset();
  state_->buffer.clear();
  state_->rest.clear();
}

awaitable<std::expected<void, Broken>> Connection::open(core::Duration timeout) {
  close();
  State& state = *state_;
  auto found = co_await state.resolve(timeout);
  if (!found) co_return std::unexpected(std::move(found.error()));
  if (auto ready = state.prepare_tls(); !ready) co_return ready;
  Undecided undecided(*this);
  beast::get_lowest_layer(*state.stream).expires_after(timeout);
  const auto [refused, endpoint] =
      co_await beast::get_lowest_layer(*state.stream).async_connect(*found, as_result);
  if (refused)
    co_return broken(Broken::Stage::reach,
                     "cannot reach " + state.where() + ": " + text_of(refused));
  error_code ignored;
  beast::get_lowest_layer(*state.stream)
      .socket()
      .set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto [untrusted] =
      co_await state.stream->async_handshake(ssl::stream_base::client, as_result);
  if (untrusted)
    co_return broken(Broken::Stage::tls,
                     "no TLS with " + state.where() + ": " + text_of(untrusted));
  undecided.decided();
  co_return std::expected<void, Broken>{};
}

awaitable<std::expected<Response, Broken>> Connection::exchange(const Request& request,
                                                                const std::string& token,
                                                                core::Duration timeout) {
  Undecided undecided(*this);
  auto response = co_await state_->ask(request, token, timeout);
  if (response) response = co_await state_->read_rest();
  if (response) undecided.decided();
  co_return response;
}

awaitable<std::expected<Response, Broken>> Connection::begin(const Request& request,
                                                             const std::string& token,
                                                             core::Duration timeout) {
  Undecided undecided(*this);
  auto response = co_await state_->ask(request, token, timeout);
  if (!response) co_return response;
  if (response->status != 200) co_return co_await state_->read_rest();
  state_->parser->body_limit(boost::none);  // in all; each line has its own limit
  undecided.decided();
  co_return response;
}

awaitable<std::expected<std::optional<std::string>, Broken>> Connection::line(
    core::Duration timeout) {
  using Line = std::optional<std::string>;
  State& state = *state_;
  Undecided undecided(*this);
  if (!state.stream || !state.parser) co_return Line{};
  beast::get_lowest_layer(*state.stream).expires_after(timeout);
  for (;;) {
    std::string& body = state.parser->get().body();
    state.rest += body;
    body.clear();
    if (const std::size_t end = state.rest.find('\n'); end != state.rest.npos) {
      Line line = state.rest.substr(0, end);
      state.rest.erase(0, end + 1);
      undecided.decided();
      co_return line;
    }
    if (state.parser->is_done()) co_return Line{};
    if (state.rest.size() > largest)
      co_return broken(Broken::Stage::exchange, "a line of the answer is too long", true);
    const auto [error, size] =
        co_await http::async_read_some(*state.stream, state.buffer, *state.parser, as_result);
    if (error == beast::error::timeout) {
      co_return std::unexpected(
          Broken{.answered = true, .timed_out = true, .message = "nothing came in time"});
    }
    if (error)
      co_return broken(Broken::Stage::exchange,
                       "the answer of " + state.where() + " broke off: " + text_of(error), true);
  }
}

}  // namespace kubernetes
