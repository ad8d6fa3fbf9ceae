#include "http/control.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/listener.hpp"

namespace http {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::local::stream_protocol;
using boost::system::error_code;
using Paths = std::vector<std::filesystem::path>;

constexpr char json_type[] = "application/json";

std::string why(const std::filesystem::path& path, const std::string& what) {
  return path.string() + ": " + what;
}

/// Makes the private directory, or finds it as it has to be. What is wrong with it else.
std::optional<std::string> prepare(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return std::strerror(errno);
  struct stat found{};
  if (::lstat(directory.c_str(), &found) != 0) return std::strerror(errno);
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid())
    return "is there, but is no directory of our user";
  if ((found.st_mode & 077) != 0 && ::chmod(directory.c_str(), 0700) != 0)
    return std::strerror(errno);
  return {};
}

/// Without waiting for whoever serves it. What cannot be told is not ours to replace.
bool is_served(const asio::any_io_executor& executor, const stream_protocol::endpoint& where) {
  stream_protocol::socket probe(executor);
  error_code error;
  probe.open(stream_protocol(), error);
  if (!error) probe.non_blocking(true, error);
  if (!error) probe.connect(where, error);
  return error != asio::error::connection_refused &&
         error != boost::system::errc::no_such_file_or_directory;
}

std::expected<Acceptor, std::string> bound(const asio::any_io_executor& executor,
                                           const std::filesystem::path& path) {
  if (path.string().size() >= sizeof(sockaddr_un::sun_path))
    return std::unexpected("the path is too long for a Unix socket");
  if (auto wrong = prepare(path.parent_path())) return std::unexpected(*wrong);
  const stream_protocol::endpoint where(path.string());
  if (is_served(executor, where)) return std::unexpected("another pgordinal serves it");
  ::unlink(path.c_str());
  Acceptor acceptor(executor);
  error_code error;
  acceptor.open(stream_protocol(), error);
  if (!error) acceptor.bind(where, error);
  if (!error && ::chmod(path.c_str(), 0600) != 0) return std::unexpected(std::strerror(errno));
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return std::unexpected(error.message());
  return acceptor;
}

/// What a GET of these shows; nothing: it is another path.
std::optional<std::string> page(const ControlHandlers& handlers, const std::string& target) {
  if (target == cluster_path) return handlers.cluster();
  if (target == history_path && handlers.history) return handlers.history();
  if (target == order_path && handlers.course) return to_text(handlers.course());
  return std::nullopt;
}

awaitable<Reply> answer(std::shared_ptr<ControlHandlers> handlers, Received received) {
  Reply reply;
  reply.content_type = json_type;
  const bool posts = received.target == order_path && received.method != "GET";
  if (auto shown = posts ? std::nullopt : page(*handlers, received.target)) {
    if (received.method != "GET") co_return plain(405, "only GET", {{"Allow", "GET"}});
    reply.body = *std::move(shown);
    co_return reply;
  }
  if (received.target == members_path && handlers->members) {
    if (received.method != "GET") co_return plain(405, "only GET", {{"Allow", "GET"}});
    reply.body = co_await handlers->members();
    co_return reply;
  }
  if (received.target != order_path) co_return plain(404, "no such page");
  if (received.method != "POST") co_return plain(405, "only POST", {{"Allow", "POST"}});
  auto order = parse_order(received.body);
  if (!order) co_return plain(400, order.error());
  const Said said = co_await handlers->order(std::move(*order));
  reply.body = to_text(said);
  co_return reply;
}

}  // namespace

Paths control_directories() {
  return {"/var/run/postgresql", "/tmp"};
}

std::filesystem::path control_socket(const std::filesystem::path& directory) {
  return directory / "pgordinal.control" / "socket";
}

struct ControlServer::State {
  State(std::filesystem::path path, Acceptor acceptor, Limits limits, const Service& service)
      : path(std::move(path)), listener(std::move(acceptor), limits, service) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    ::unlink(path.c_str());
    ::rmdir(path.parent_path().c_str());
  }

  std::filesystem::path path;
  Listener listener;
};

ControlServer::ControlServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
ControlServer::ControlServer(ControlServer&&) noexcept = default;
ControlServer& ControlServer::operator=(ControlServer&&) noexcept = default;
ControlServer::~ControlServer() = default;

std::expected<ControlServer, std::string> ControlServer::listen(
    const asio::any_io_executor& executor, ControlHandlers handlers, const Paths& directories,
    core::Duration thinking) {
  const auto shared = std::make_shared<ControlHandlers>(std::move(handlers));
  std::string problems;
  for (const std::filesystem::path& directory : directories) {
    const std::filesystem::path path = control_socket(directory);
    auto acceptor = bound(executor, path);
    if (acceptor) {
      const Limits limits{.connections = 8, .thinking = thinking};
      return ControlServer(std::make_unique<State>(path, std::move(*acceptor), limits,
                                                   [shared](Conversation&, Received received) {
                                                     return answer(shared, std::move(received));
                                                   }));
    }
    problems += (problems.empty() ? "" : "; ") + why(path.parent_path(), acceptor.error());
  }
  return std::unexpected("no place for the socket of the commands (" + problems +
                         "). Mount a writable directory at /tmp or /var/run/postgresql");
}

const std::filesystem::path& ControlServer::path() const {
  return state_->path;
}

}  // namespace http
