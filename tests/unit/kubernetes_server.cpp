#include "kubernetes_server.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace api {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

void extend(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

template <class Write>
std::string pem(Write write) {
  BIO* memory = BIO_new(BIO_s_mem());
  write(memory);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string result(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return result;
}

void put(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file.string() + ".new") << text;
  std::filesystem::rename(file.string() + ".new", file);
}

}  // namespace

Identity make_identity() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate, NID_subject_alt_name, "IP:127.0.0.1");
  X509_sign(certificate, key, EVP_sha256());
  Identity identity{.certificate = pem([&](BIO* into) { PEM_write_bio_X509(into, certificate); }),
                    .key = pem([&](BIO* into) {
                      PEM_write_bio_PrivateKey(into, key, nullptr, nullptr, 0, nullptr, nullptr);
                    })};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return identity;
}

void Peer::answer(int status, const std::string& body, const std::string& more_headers) {
  send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
       more_headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

void Peer::begin_chunks() {
  send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

void Peer::chunk(const std::string& text) {
  char size[20];
  std::snprintf(size, sizeof(size), "%zx\r\n", text.size());
  send(size + text + "\r\n");
}

struct Server::State {
  explicit State(std::vector<Talk> given) : talks(std::move(given)) {
    char name[] = "/tmp/kubernetes_server.XXXXXX";
    directory = ::mkdtemp(name);
    const Identity identity = make_identity();
    put(directory / "ca.crt", identity.certificate);
    put(directory / "token", "first\n");
    context.use_certificate(asio::buffer(identity.certificate), asio::ssl::context::pem);
    context.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
  }
  ~State() { std::filesystem::remove_all(directory); }

  void serve(std::size_t number, tcp::socket& socket);

  asio::io_context loop;
  asio::ssl::context context{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::vector<Talk> talks;
  std::filesystem::path directory;

  mutable std::mutex mutex;
  std::vector<std::string> requests;
  std::vector<std::unique_ptr<tcp::socket>> sockets;
  std::vector<std::thread> threads;
  std::atomic<int> ended{0};
  bool over = false;
  std::thread accepting;
};

namespace {

template <class Note>
class Connected : public Peer {
 public:
  Connected(tcp::socket& socket, asio::ssl::context& context, Note note)
      : stream_(socket, context), note_(std::move(note)) {}

  bool shake_hands() {
    error_code error;
    stream_.handshake(asio::ssl::stream_base::server, error);
    return !error;
  }
  std::string request() override {
    error_code error;
    const std::size_t head =
        asio::read_until(stream_, asio::dynamic_buffer(text_), "\r\n\r\n", error);
    if (error) return {};
    std::size_t length = 0;
    const std::string name = "Content-Length: ";
    if (const auto at = text_.find(name); at != std::string::npos && at < head)
      length = std::strtoul(text_.c_str() + at + name.size(), nullptr, 10);
    while (text_.size() < head + length && !error)
      asio::read(stream_, asio::dynamic_buffer(text_), asio::transfer_at_least(1), error);
    std::string whole = text_.substr(0, head + length);
    text_.erase(0, whole.size());
    note_(whole);
    return whole;
  }
  void send(const std::string& text) override {
    error_code gone;
    asio::write(stream_, asio::buffer(text), gone);
  }

 private:
  asio::ssl::stream<tcp::socket&> stream_;
  Note note_;
  std::string text_;
};

}  // namespace

void Server::State::serve(std::size_t number, tcp::socket& socket) {
  const auto note = [this](const std::string& request) {
    const std::lock_guard lock(mutex);
    requests.push_back(request);
  };
  Connected<decltype(note)> peer(socket, context, note);
  // An empty talk does not even speak TLS.
  if (number < talks.size() && talks[number] && peer.shake_hands()) talks[number](peer);
  error_code ignored;
  if (number < talks.size() && !talks[number]) {
    char byte = 0;
    while (socket.read_some(asio::buffer(&byte, 1), ignored) == 1) {
    }
  }
  socket.shutdown(tcp::socket::shutdown_both, ignored);
  ++ended;
}

Server::Server(std::vector<Talk> talks) : state_(std::make_shared<State>(std::move(talks))) {
  state_->accepting = std::thread([state = state_.get()] {
    for (;;) {
      auto socket = std::make_unique<tcp::socket>(state->loop);
      error_code error;
      state->acceptor.accept(*socket, error);
      const std::lock_guard lock(state->mutex);
      if (error || state->over) return;
      tcp::socket& its = *socket;
      const std::size_t number = state->sockets.size();
      state->sockets.push_back(std::move(socket));
      state->threads.emplace_back([state, number, &its] { state->serve(number, its); });
    }
  });
}

Server::~Server() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->over = true;
  }
  tcp::socket knock(state_->loop);
  error_code ignored;
  knock.connect(state_->acceptor.local_endpoint(), ignored);
  state_->accepting.join();
  for (const auto& socket : state_->sockets)
    socket->shutdown(tcp::socket::shutdown_both, ignored);
  for (std::thread& each : state_->threads)
    each.join();
}

kubernetes::Access Server::access() const {
  return {.host = "127.0.0.1",
          .port = state_->acceptor.local_endpoint().port(),
          .name_space = "ns",
          .ca_file = state_->directory / "ca.crt",
          .token_file = state_->directory / "token"};
}

void Server::set_token(const std::string& token) const {
  put(state_->directory / "token", token);
}

int Server::connections() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int>(state_->sockets.size());
}

int Server::ended() const {
  return state_->ended;
}

std::vector<std::string> Server::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::string lease_text(const std::string& version, const std::string& holder) {
  return R"({"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"pg","namespace":"ns",)"
         R"("uid":"u-1","resourceVersion":")" +
         version +
         R"(","labels":{"of":"others"},"managedFields":[{"manager":"x"}],"annotations":{"pgordinal/a":"1"}},)"
         R"("spec":{"holderIdentity":")" +
         holder +
         R"(","leaseDurationSeconds":10,"acquireTime":"2026-01-01T00:00:00.000000Z",)"
         R"("renewTime":"2026-01-01T00:00:02.000000Z","leaseTransitions":3}})";
}

std::string status_text(int code, const std::string& reason, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" + message +
         R"(","reason":")" + reason + R"(","code":)" + std::to_string(code) + "}";
}

}  // namespace api
