#include "runtime/line_reader.hpp"

#include <array>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace runtime {

boost::asio::awaitable<void> read_lines(boost::asio::any_io_executor executor,
                                        postgres::Descriptor pipe,
                                        std::function<void(std::string_view)> line) {
  boost::asio::posix::stream_descriptor source(executor, pipe.release());
  std::array<char, 4096> buffer;
  std::string text;
  for (;;) {
    const auto [error, got] = co_await source.async_read_some(
        boost::asio::buffer(buffer), boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) break;
    text.append(buffer.data(), got);
    for (std::size_t end; (end = text.find_first_of("\r\n")) != std::string::npos;) {
      line(std::string_view(text).substr(0, end));
      text.erase(0, end + 1);
    }
  }
  if (!text.empty()) line(text);
}

}  // namespace runtime
