#include <charconv>
#include <string>

#include "core/elected/lease_fields.hpp"
#include "fuzz.hpp"

/// A Lease that anybody may have edited: lines `name=value`, the first three without a name are its
/// spec. What is read is written and read as the same.
namespace {

using core::elected::LeaseFields;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::string_view line(std::string_view& rest) {
  const std::string_view one = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), one.size() + 1));
  return one;
}

LeaseFields fields_in(std::string_view rest) {
  LeaseFields fields;
  if (const auto holder = line(rest); !holder.empty()) fields.holder_identity = std::string(holder);
  fields.lease_duration_seconds = number(line(rest));
  fields.lease_transitions = number(line(rest));
  while (!rest.empty()) {
    const std::string_view one = line(rest);
    const auto equals = std::min(one.find('='), one.size());
    fields.annotations[std::string(core::elected::annotation_prefix) +
                       std::string(one.substr(0, equals))] =
        std::string(one.substr(std::min(one.size(), equals + 1)));
  }
  return fields;
}

}  // namespace

void fuzz(std::string_view bytes) {
  const auto read = core::elected::read_record(fields_in(bytes));
  expect(read.record.damaged == !read.garbage.empty());
  expect(read.record.candidates.size() <= core::elected::most_candidates);
  if (read.record.damaged) return;
  const auto again = core::elected::read_record(core::elected::to_fields(read.record));
  expect(again.garbage.empty());
  expect(again.record == read.record);
}
