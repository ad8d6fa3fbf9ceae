#include "http/connection.hpp"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace message = boost::beast::http;
using asio::awaitable;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::array fields_of_interest = {challenge_field, nonce_field, proof_field};
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

std::string text_of(const error_code& error, bool late) {
  if (late) return "did not answer in time";
  if (error == message::error::end_of_stream || error == message::error::partial_message ||
      error == asio::error::eof || error == asio::error::connection_reset)
    return "closed the connection";
  return "failed: " + error.message();
}

}  // namespace

struct Connection::State {
  explicit State(Socket given) : socket(std::move(given)), timer(socket.get_executor()) {}

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
  const auto [error, size] =
      co_await message::async_read(state->socket, state->buffer, parser, as_result);
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
  message::response<message::string_body> response;
  response.result(static_cast<unsigned>(reply.status));
  response.version(11);
  response.set(message::field::content_type, reply.content_type);
  response.set(message::field::cache_control, "no-store");
  for (const auto& [name, value] : reply.fields)
    response.set(name, value);
  response.keep_alive(keep_alive);
  response.content_length(reply.body.size());
  if (!reply.head_only) response.body() = reply.body;
  const auto [error, size] = co_await message::async_write(state->socket, response, as_result);
  co_return !error;
}

awaitable<void> Connection::finish(core::Duration timeout) {
  const auto state = state_;
  const Watchdog<State> dog(state, timeout);
  error_code error;
  state->socket.shutdown(asio::socket_base::shutdown_send, error);
  std::array<char, 4096> nobodys{};
  for (std::size_t discarded = 0; !error && discarded < most_to_discard;) {
    const auto [ended, size] =
        co_await state->socket.async_read_some(asio::buffer(nobodys), as_result);
    discarded += size;
    error = ended;
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
  message::request<message::string_body> outgoing;
  outgoing.method_string(request.method);
  outgoing.target(request.target);
  outgoing.version(11);
  outgoing.set(message::field::host, host);
  outgoing.set(message::field::user_agent, "pgordinal");
  if (!request.body.empty()) outgoing.set(message::field::content_type, "application/json");
  for (const auto& [name, value] : request.fields)
    outgoing.set(name, value);
  outgoing.keep_alive(request.keep_alive);
  outgoing.body() = request.body;
  outgoing.prepare_payload();
  const auto [unsent, written] = co_await message::async_write(state->socket, outgoing, as_result);
  // A server that refuses may answer and close before it has read everything: its word comes first.
  message::response_parser<message::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(sizes.head));
  parser.body_limit(sizes.body);
  const auto [error, size] =
      co_await message::async_read(state->socket, state->buffer, parser, as_result);
  if (error) co_return std::unexpected(text_of(unsent ? unsent : error, state->late));
  auto& read = parser.get();
  co_return Reply{.status = static_cast<int>(read.result_int()),
                  .body = std::move(read.body()),
                  .content_type = std::string(read[message::field::content_type]),
                  .fields = interesting(read)};
}

}  // namespace http
