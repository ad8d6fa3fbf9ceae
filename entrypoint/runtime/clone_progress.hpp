#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "postgres/tools.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// What pg_basebackup says on stderr, while it copies: progress becomes a log line, at most every
/// 10 s; its own messages go on to stderr, and the last error is kept for the failure's text.
class CloneProgress {
 public:
  CloneProgress(std::string source, core::Instant began);
  void line(std::string_view text, core::Instant at);
  /// What pg_basebackup said last, an error before anything else, without its name in front; empty
  /// where it said nothing.
  [[nodiscard]] const std::string& last_message() const { return last_message_; }
  /// Nothing until it has said so.
  [[nodiscard]] std::optional<Progress> reached() const;
  [[nodiscard]] std::uint64_t bytes() const { return last_.done_kib * 1024; }

 private:
  void report(core::Instant at);

  std::string source_;
  core::Instant said_at_;
  std::uint64_t said_kib_ = 0;
  postgres::CloneProgress last_;
  std::string last_message_;
  bool is_error_ = false;
};

}  // namespace runtime
