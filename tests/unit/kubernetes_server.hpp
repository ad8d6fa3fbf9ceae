#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kubernetes/access.hpp"

/// An API server that does what a test orders: TLS with a certificate of its own, made here.
namespace api {

/// One connection, seen from the server.
class Peer {
 public:
  virtual ~Peer() = default;
  /// The next request, whole: head and body. Empty when the client has gone.
  virtual std::string request() = 0;
  virtual void send(const std::string& text) = 0;
  /// A whole answer with its length.
  void answer(int status, const std::string& body, const std::string& more_headers = {});
  /// The head of an answer in chunks, and one chunk.
  void begin_chunks();
  void chunk(const std::string& text);
};

using Talk = std::function<void(Peer&)>;

/// Gives the n-th connection to the n-th talk, each in a thread of its own, and closes it when the
/// talk has ended. Further connections are closed at once.
class Server {
 public:
  explicit Server(std::vector<Talk> talks);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// How a client gets here: files in a directory of the test.
  [[nodiscard]] kubernetes::Access access() const;
  void set_token(const std::string& token) const;
  [[nodiscard]] int connections() const;
  [[nodiscard]] int ended() const;  ///< connections that the server has closed
  /// All requests so far.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A certificate for 127.0.0.1 and its key, which vouches for itself.
struct Identity {
  std::string certificate;
  std::string key;
};
Identity make_identity();

/// A Lease as the API server writes one.
std::string lease_text(const std::string& version, const std::string& holder = "pod-0");
std::string status_text(int code, const std::string& reason, const std::string& message);

}  // namespace api
