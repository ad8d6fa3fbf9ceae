#include "http_fixture.hpp"

#include "http/connection.hpp"

namespace http_test {

using asio::ip::tcp;

bool eventually(const std::function<bool()>& condition) {
  asio::steady_timer patience(test_loop(), soon);
  bool enough = false;
  patience.async_wait([&](const boost::system::error_code& error) { enough = !error; });
  test_loop().restart();
  while (!condition() && !enough)
    test_loop().run_one_for(10ms);
  patience.cancel();
  test_loop().poll();
  return !enough;
}

Raw::Raw(std::uint16_t port) {
  socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  socket_.non_blocking(true);
}

void Raw::send(std::string_view bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    boost::system::error_code error;
    sent += socket_.write_some(asio::buffer(bytes.data() + sent, bytes.size() - sent), error);
    if (error == asio::error::would_block) {
      test_loop().restart();
      test_loop().run_one_for(10ms);
    } else if (error) {
      return;  // the server closed: what it said is still to be read
    }
  }
}

void Raw::end() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

bool Raw::read_some() {
  std::array<char, 65536> bytes{};
  boost::system::error_code error;
  const std::size_t size = socket_.read_some(asio::buffer(bytes), error);
  got_.append(bytes.data(), size);
  closed_ = error && error != asio::error::would_block;
  return closed_ || size > 0;
}

std::string Raw::read_until(std::string_view end) {
  const bool in_time = eventually([&] {
    read_some();
    return closed_ || got_.find(end) != std::string::npos;
  });
  if (!in_time) got_ += "(nothing more came in time)";
  const std::size_t found = got_.find(end);
  const std::size_t size = found == std::string::npos ? got_.size() : found + end.size();
  std::string text = got_.substr(0, size);
  got_.erase(0, size);
  return text;
}

std::string Raw::read_reply() {
  std::string reply = read_until("\r\n\r\n");
  const std::string length = field_in(reply, "Content-Length");
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  eventually([&] {
    read_some();
    return closed_ || got_.size() >= size;
  });
  reply += got_.substr(0, size);
  got_.erase(0, size);
  return reply;
}

bool Raw::closed() {
  return eventually([&] {
    read_some();
    return closed_;
  });
}

std::string post(const std::string& body, const std::string& fields) {
  return "POST /peer HTTP/1.1\r\nHost: a\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string proven(const std::string& challenge, const std::string& body, const core::PodName& pod,
                   const http::Keys& with) {
  const http::Asked asked{.challenge = challenge,
                          .nonce = "n",
                          .method = "POST",
                          .target = "/peer",
                          .pod = pod.text,
                          .body = body};
  return post(body, std::string(http::nonce_field) + ": n\r\n" + http::proof_field + ": " +
                        prove_request(with.current, asked) + "\r\n");
}

std::string challenge_of(Raw& raw) {
  raw.send(post(""));
  return field_in(raw.read_reply(), http::challenge_field);
}

std::string field_in(const std::string& reply, const std::string& name) {
  const std::size_t begin = reply.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return {};
  const std::size_t value = begin + name.size() + 4;
  return reply.substr(value, reply.find("\r\n", value) - value);
}

}  // namespace http_test
