#pragma once

#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/time.hpp"
#include "core/wal_room.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// The volume of pg_wal and the reserve on it. Owned by the driver, which looks before each
/// decision; the reserve is made and given up by Perform alone.
class WalRoom {
 public:
  WalRoom(const boost::asio::any_io_executor& executor, const Context& context)
      : executor_(executor), context_(context) {}

  /// Nothing: nobody is to look after it, or the volume does not tell. Warns of one that fills up.
  [[nodiscard]] std::optional<core::WalRoom> look(std::uint32_t segment, core::Instant at);
  void release();
  /// In a thread: it takes as long as the disk does.
  void make(std::uint64_t bytes);

 private:
  boost::asio::awaitable<void> make_it(std::uint64_t bytes);
  void warn(const core::WalRoom& room, core::Instant at);

  boost::asio::any_io_executor executor_;
  const Context& context_;
  std::optional<core::Instant> warned_;
  bool making_ = false;
};

}  // namespace runtime
