#include "fuzz.hpp"
#include "postgres/timelines.hpp"

/// A timeline's history file, which comes from the volume or from another server.
void fuzz(std::string_view bytes) {
  constexpr core::Timeline of{1000};
  const auto history = postgres::parse_history(bytes, of);
  if (!history) return expect_one_line(history.error());
  core::Timeline before{};
  for (const core::elected::Fork& fork : *history) {
    expect(fork.timeline > before && fork.timeline < of);
    before = fork.timeline;
  }
}
