#pragma once

#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/long_run.hpp"

namespace runtime {

/// What only disks are waited for, in a thread of its own, so that the loop goes on; it ends on
/// `loop`.
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> in_thread(boost::asio::any_io_executor loop,
                                                             Work work) {
  boost::asio::thread_pool thread(1);
  co_await boost::asio::post(boost::asio::bind_executor(thread, boost::asio::use_awaitable));
  auto result = work();
  co_await boost::asio::post(boost::asio::bind_executor(loop, boost::asio::use_awaitable));
  co_return result;
}
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work>> in_thread(LongRun& run, Work work) {
  return in_thread(run.executor(), std::move(work));
}

}  // namespace runtime
