#include "http/connection.hpp"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

namespace http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace message = boost::beast::http;
using asio::awaitable;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::array fields_of_interest = {challenge_field, nonce_field, proof_field};
constexpr std::size_t piece = std::size_t{4} << 10U;
constexpr std::size_t most_to_discard = std::size_t{256} << 10U;

template <class Message>
FieldMap interesting(const Message& from) {
  FieldMap found;
  for (const char* name : fields_of_interest) {
    if (const auto field = from.find(name); field != from.end())
      found[name] = std::string(field->value());
  }
  return found;
}

void add(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

void add_all(std::string& head, const FieldMap& fields) {
  for (const auto& [name, value] : fields)
    add(head, name, value);
}

std::string text_of(const Reply& reply, bool keep_alive) {
  const auto status = message::int_to_status(static_cast<unsigned>(reply.status));
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  text.append(message::obsolete_reason(status)).append("\r\n");
  add(text, "Content-Type", reply.content_type);
  add(text, "Cache-Control", "no-store");
  add_all(text, reply.fields);
  if (!keep_alive) add(text, "Connection", "close");
  add(text, "Content-Length", std::to_string(reply.body.size()));
  text += "\r\n";
  if (!reply.head_only) text += reply.body;
  return text;
}

std::string text_of(const Received& request, const std::string& host) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  add(text, "Host", host);
  add(text, "User-Agent", "pgordinal");
  if (!request.body.empty()) add(text, "Content-Type", "application/json");
  add_all(text, request.fields);
  if (!request.keep_alive) add(text, "Connection", "close");
  if (!request.body.empty() || request.method != "GET")
    add(text, "Content-Length", std::to_string(request.body.size()));
  return text + "\r\n" + request.body;
}

NotReceived refuse(int status, const std::string& why) {
  return {.reply = plain(status, why)};
}

NotReceived why_not(const error_code& error, bool late, bool began) {
  if (!began) return {};
  if (late) return refuse(408, "the request did not come in time");
  if (error == message::error::header_limit) return refuse(431, "the header is too long");
  if (error == message::error::body_limit) return refuse(413, "the body is too long");
  // What else Beast's parser says; an error of the socket has nobody to be told to.
  if (error.category() == error_code(message::error::bad_method).category() &&
      error != message::error::end_of_stream && error != message::error::partial_message)
    return refuse(400, "no HTTP request");
  return {};
}

std::string why_no_reply(const error_code& error, bool late) {
  if (late) return "did not answer in time";
  if (error == message::error::end_of_stream || error == message::error::partial_message ||
      error == asio::error::eof || error == asio::error::connection_reset)
    return "closed the connection";
  return "failed: " + error.message();
}

}  // namespace

struct Connection::State {
  explicit State(Socket given) : socket(std::move(given)), timer(socket.get_executor()) {}

  awaitable<error_code> write(std::string text) {
    error_code error;
    for (std::size_t sent = 0; !error && sent < text.size();) {
      const asio::const_buffer unsent(text.data() + sent, text.size() - sent);
      const auto [failed, size] = co_await socket.async_write_some(unsent, as_result);
      error = failed;
      sent += size;
    }
    co_return error;
  }

  // More of what the other side says, behind what is there.
  awaitable<error_code> more() {
    const auto [error, size] = co_await socket.async_read_some(buffer.prepare(piece), as_result);
    buffer.commit(size);
    co_return error;
  }

  // The whole message. Beast's parser is fed by hand: its composed reads, one for requests and one
  // for responses, would be a hundred kilobytes of the program.
  template <class Parser>
  awaitable<error_code> read(Parser& parser) {
    parser.eager(true);
    for (;;) {
      error_code error = message::error::need_more;
      if (buffer.size() > 0) buffer.consume(parser.put(buffer.data(), error));
      if (parser.is_done()) co_return error;
      if (error && error != message::error::need_more) co_return error;
      error = co_await more();
      if (error == asio::error::eof) {
        error = message::error::end_of_stream;
        if (parser.got_some()) parser.put_eof(error);
        co_return error;
      }
      if (error) co_return error;
    }
  }

  Socket socket;
  asio::steady_timer timer;
  beast::flat_buffer buffer;  // what came behind the last message
  bool late = false;
  unsigned step = 0;
};

namespace {

/// While it lives, the step has a time-out. What the time-out does has to last: the step may be
/// between two operations, and would only begin the next one if the first were merely cancelled.
template <class State>
class Watchdog {
 public:
  enum class Bite { close, stop_reading };

  Watchdog(const std::shared_ptr<State>& state, std::chrono::steady_clock::time_point until,
           Bite bite = Bite::close)
      : state_(state) {
    state->timer.expires_at(until);
    start(bite);
  }
  Watchdog(const std::shared_ptr<State>& state, core::Duration timeout, Bite bite = Bite::close)
      : state_(state) {
    state->timer.expires_after(timeout);
    start(bite);
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    ++state_->step;
    state_->timer.cancel();
  }

 private:
  void start(Bite bite) {
    state_->late = false;
    state_->timer.async_wait([state = state_, step = state_->step, bite](const error_code& error) {
      if (error || step != state->step) return;
      state->late = true;
      error_code ignored;
      if (bite == Bite::close)
        state->socket.close(ignored);
      else
        state->socket.shutdown(asio::socket_base::shutdown_receive, ignored);
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace

Reply plain(int status, const std::string& line, FieldMap fields) {
  Reply reply;
  reply.status = status;
  reply.body = line + "\n";
  reply.fields = std::move(fields);
  return reply;
}

std::string value_of(const FieldMap& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string{} : found->second;
}

Connection::Connection(Socket socket) : state_(std::make_shared<State>(std::move(socket))) {}
Connection::~Connection() = default;

void Connection::close() {
  error_code ignored;
  state_->socket.close(ignored);
}

bool Connection::is_open() const {
  return state_->socket.is_open();
}

awaitable<std::expected<Received, NotReceived>> Connection::receive(Sizes sizes,
                                                                    core::Duration timeout) {
  const auto state = state_;
  using Dog = Watchdog<State>;
  const Dog dog(state, timeout, Dog::Bite::stop_reading);
  message::request_parser<message::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(sizes.head));
  parser.body_limit(sizes.body);
  const error_code error = co_await state->read(parser);
  if (error) {
    const bool began = parser.got_some() || state->buffer.size() > 0;
    co_return std::unexpected(why_not(error, state->late, began));
  }
  auto& read = parser.get();
  co_return Received{.method = std::string(read.method_string()),
                     .target = std::string(read.target()),
                     .fields = interesting(read),
                     .body = std::move(read.body()),
                     .keep_alive = read.keep_alive()};
}

awaitable<bool> Connection::send(const Reply& reply, bool keep_alive, core::Duration timeout) {
  const auto state = state_;
  const Watchdog<State> dog(state, timeout);
  std::string text = text_of(reply, keep_alive);
  const error_code error = co_await state->write(std::move(text));
  co_return !error;
}

awaitable<void> Connection::finish(core::Duration timeout) {
  const auto state = state_;
  const Watchdog<State> dog(state, timeout);
  error_code error;
  state->socket.shutdown(asio::socket_base::shutdown_send, error);
  for (std::size_t discarded = 0; !error && discarded < most_to_discard;) {
    state->buffer.clear();
    error = co_await state->more();
    discarded += state->buffer.size();
  }
  state->socket.close(error);
}

awaitable<std::expected<void, std::string>> Connection::connect(
    const Endpoint& endpoint, std::chrono::steady_clock::time_point until) {
  const auto state = state_;
  const Watchdog<State> dog(state, until);
  const auto [error] = co_await state->socket.async_connect(endpoint, as_result);
  if (error)
    co_return std::unexpected(state->late ? "did not answer in time"
                                          : "cannot be reached: " + error.message());
  co_return std::expected<void, std::string>{};
}

awaitable<std::expected<Reply, std::string>> Connection::exchange(
    const Received& request, const std::string& host, Sizes sizes,
    std::chrono::steady_clock::time_point until) {
  const auto state = state_;
  const Watchdog<State> dog(state, until);
  std::string text = text_of(request, host);
  const error_code unsent = co_await state->write(std::move(text));
  // A server that refuses may answer and close before it has read everything: its word comes first.
  message::response_parser<message::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(sizes.head));
  parser.body_limit(sizes.body);
  const error_code error = co_await state->read(parser);
  if (error) co_return std::unexpected(why_no_reply(unsent ? unsent : error, state->late));
  auto& read = parser.get();
  co_return Reply{.status = static_cast<int>(read.result_int()),
                  .body = std::move(read.body()),
                  .content_type = std::string(read[message::field::content_type]),
                  .fields = interesting(read)};
}

}  // namespace http
