#pragma once

#include <cstdlib>
#include <string_view>

/// One input of a fuzzer. Each program has one: its parser may refuse anything, and must neither
/// crash nor break a promise of its own.
void fuzz(std::string_view bytes);

inline void expect(bool holds) {
  if (!holds) std::abort();
}

/// An error is one line, for a log.
inline void expect_one_line(std::string_view text) {
  expect(!text.empty() && text.find('\n') == std::string_view::npos);
}
