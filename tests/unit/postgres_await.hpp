#pragma once

#include <exception>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

/// The loop of these tests. It outlives what a test leaves in its hands, a session for example.
inline boost::asio::io_context& test_loop() {
  static boost::asio::io_context loop;
  return loop;
}

template <class Value>
boost::asio::awaitable<void> keep(boost::asio::awaitable<Value> work,
                                  std::optional<Value>& result) {
  result.emplace(co_await std::move(work));
}

/// Runs one coroutine to its end.
template <class Value>
Value await(boost::asio::awaitable<Value> work) {
  std::optional<Value> result;
  boost::asio::co_spawn(test_loop(), keep(std::move(work), result),
                        [](const std::exception_ptr& failure) {
                          if (failure) std::rethrow_exception(failure);
                        });
  test_loop().restart();
  test_loop().run();
  return std::move(*result);
}
