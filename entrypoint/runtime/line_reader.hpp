#pragma once

#include <functional>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "postgres/descriptor.hpp"

namespace runtime {

/// Reads a pipe until its end and hands over each line, without the `\n` or `\r` that ended it.
[[nodiscard]] boost::asio::awaitable<void> read_lines(boost::asio::any_io_executor executor,
                                                      postgres::Descriptor pipe,
                                                      std::function<void(std::string_view)> line);

}  // namespace runtime
