#include "kubernetes/connection.hpp"

#include <charconv>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "kubernetes/tls_stream.hpp"

namespace kubernetes {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using boost::system::error_code;

constexpr std::size_t piece = std::size_t{16} << 10U;  // what a record of TLS carries at most

std::unexpected<Broken> broken(std::string message, bool answered) {
  return std::unexpected(Broken{.answered = answered, .message = std::move(message)});
}

std::optional<core::Duration> retry_after(std::string_view text) {
  int seconds = 0;  // the other form, a date, would need the time of day
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) return {};
  return std::chrono::seconds(seconds);
}

std::string text_of(const Request& request, const std::string& host, const std::string& token) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host +
                     "\r\nUser-Agent: pgordinal\r\nAccept: application/json\r\n" +
                     "Authorization: Bearer " + token + "\r\n";
  if (!request.content_type.empty()) text += "Content-Type: " + request.content_type + "\r\n";
  if (!request.body.empty() || request.method != "GET")
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

}  // namespace

struct Connection::State {
  using Parser = http::response_parser<http::string_body>;

  State(asio::any_io_executor executor, Access access)
      : stream(std::make_shared<TlsStream>(std::move(executor), std::move(access))) {}

  // Beast's parser is fed by hand: each of its composed reads would be code for all of TLS again.
  // One step of it; where what is there is not enough for one, more from the server.
  awaitable<error_code> feed() {
    error_code error = http::error::need_more;
    if (buffer.size() > 0) buffer.consume(parser->put(buffer.data(), error));
    if (error != http::error::need_more) co_return error;
    const auto received = co_await stream->receive(buffer.prepare(piece));
    buffer.commit(received.size);
    if (received.error != asio::error::eof || !parser->got_some()) co_return received.error;
    parser->put_eof(error);
    co_return error;
  }

  // The request, and the head of its answer.
  awaitable<std::expected<Response, Broken>> ask(const Request& request, const std::string& token) {
    std::string text = text_of(request, stream->host(), token);
    error_code error = co_await stream->send(std::move(text));
    if (error)
      co_return broken("cannot send to " + stream->where() + ": " + stream->text_of(error), false);
    parser.emplace();
    parser->body_limit(largest);
    while (!error && !parser->is_header_done())
      error = co_await feed();
    if (error)
      co_return broken("no answer from " + stream->where() + ": " + stream->text_of(error),
                       parser->got_some());
    co_return head();
  }

  awaitable<std::expected<Response, Broken>> read_rest() {
    error_code error;
    while (!error && !parser->is_done())
      error = co_await feed();
    if (error)
      co_return broken("no whole answer from " + stream->where() + ": " + stream->text_of(error),
                       true);
    Response response = head();
    response.body = std::move(parser->get().body());
    if (!parser->keep_alive()) stream->close();
    co_return response;
  }

  [[nodiscard]] Response head() const {
    const auto& message = parser->get();
    return {.status = static_cast<int>(message.result_int()),
            .body = {},
            .retry_after = retry_after(message[http::field::retry_after])};
  }

  std::shared_ptr<TlsStream> stream;
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
  return state_->stream->is_silent() && state_->buffer.size() == 0;
}

void Connection::close() {
  state_->stream->close();
  state_->parser.reset();
  state_->buffer.clear();
  state_->rest.clear();
}

awaitable<std::expected<void, Broken>> Connection::open(core::Duration timeout) {
  close();
  Undecided undecided(*this);
  auto opened = co_await state_->stream->open(timeout);
  if (opened) undecided.decided();
  co_return opened;
}

awaitable<std::expected<Response, Broken>> Connection::exchange(const Request& request,
                                                                const std::string& token,
                                                                core::Duration timeout) {
  Undecided undecided(*this);
  const TlsStream::Deadline deadline(*state_->stream, timeout);
  auto response = co_await state_->ask(request, token);
  if (response) response = co_await state_->read_rest();
  if (response) undecided.decided();
  co_return response;
}

awaitable<std::expected<Response, Broken>> Connection::begin(const Request& request,
                                                             const std::string& token,
                                                             core::Duration timeout) {
  Undecided undecided(*this);
  const TlsStream::Deadline deadline(*state_->stream, timeout);
  auto response = co_await state_->ask(request, token);
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
  if (!state.stream->is_open() || !state.parser) co_return Line{};
  const TlsStream::Deadline deadline(*state_->stream, timeout);
  for (std::size_t searched = 0;; searched = state.rest.size()) {
    std::string& body = state.parser->get().body();
    state.rest += body;
    body.clear();
    if (const std::size_t end = state.rest.find('\n', searched); end != state.rest.npos) {
      Line line = state.rest.substr(0, end);
      state.rest.erase(0, end + 1);
      undecided.decided();
      co_return line;
    }
    if (state.parser->is_done()) co_return Line{};
    if (state.rest.size() > largest) co_return broken("a line of the answer is too long", true);
    const error_code error = co_await state.feed();
    if (error && state.stream->late()) {
      co_return std::unexpected(
          Broken{.answered = true, .timed_out = true, .message = "nothing came in time"});
    }
    if (error)
      co_return broken(
          "the answer of " + state.stream->where() + " broke off: " + state.stream->text_of(error),
          true);
  }
}

}  // namespace kubernetes
