#include "core/elected/lease_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace core::elected {
namespace {

constexpr std::size_t shown = 60;          // of what was found, in a message
constexpr std::size_t longest_text = 253;  // a pod's, a node's name (RFC 1123)
constexpr std::size_t longest_rule = 4096;

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

template <class Number>
std::optional<Number> parse(std::string_view text, int base = 10) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string to_text(const HolderId& id) {
  return id.pod_uid + "/" + hexadecimal(id.nonce);
}

/// `UID/NONCE`. Any other text is a holder as well, of somebody else's making: never one of ours.
HolderId parse_holder(std::string_view text) {
  const auto slash = text.rfind('/');
  const auto nonce = slash == std::string_view::npos
                         ? std::nullopt
                         : parse<std::uint64_t>(text.substr(slash + 1), 16);
  if (!nonce) return {.pod_uid = std::string(text), .nonce = 0};
  return {.pod_uid = std::string(text.substr(0, slash)), .nonce = *nonce};
}

std::string to_text(const Member& member) {
  return member.pod.text + "=" + hexadecimal(member.data.number);
}

std::optional<Member> parse_member(std::string_view text) {
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0 || equals > longest_text) return std::nullopt;
  const auto data = parse<std::uint64_t>(text.substr(equals + 1), 16);
  if (!data) return std::nullopt;
  return Member{.pod = {std::string(text.substr(0, equals))}, .data = {*data}};
}

std::string to_text(const std::vector<Member>& members) {
  std::string text;
  for (const Member& member : members) {
    if (!text.empty()) text += ',';
    text += to_text(member);
  }
  return text;
}

std::optional<std::vector<Member>> parse_members(std::string_view text) {
  std::vector<Member> members;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto member = parse_member(text.substr(0, comma));
    if (!member || members.size() == most_candidates) return std::nullopt;
    members.push_back(std::move(*member));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return members;
}

std::optional<WriteId> parse_write(std::string_view text) {
  const auto space = text.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto number = parse<std::uint64_t>(text.substr(space + 1));
  if (!number) return std::nullopt;
  return WriteId{.writer = parse_holder(text.substr(0, space)), .number = *number};
}

std::string shortened(std::string_view text) {
  return std::string(text.substr(0, shown)) + (text.size() > shown ? "..." : "");
}

/// Reads one annotation after the other; what cannot be read is told and leaves its field as it is.
class Reader {
 public:
  Reader(const LeaseFields& fields, ReadRecord& into) : fields_(fields), into_(into) {}

  /// `parse_text` makes an optional of the text; `absent` says whether the field may be missing.
  template <class Parse, class Take>
  void read(std::string_view name, std::string_view expected, Parse parse_text, Take take) {
    const std::string key = std::string(annotation_prefix) + std::string(name);
    const auto found = fields_.annotations.find(key);
    if (found == fields_.annotations.end()) return;
    if (auto value = parse_text(std::string_view(found->second))) return take(std::move(*value));
    garbage(key, found->second, expected);
  }

  void garbage(std::string field, std::string_view found, std::string_view expected) {
    into_.record.damaged = true;
    into_.garbage.push_back(
        {.field = std::move(field), .found = shortened(found), .expected = std::string(expected)});
  }

 private:
  const LeaseFields& fields_;
  ReadRecord& into_;
};

std::optional<PodName> parse_name(std::string_view text) {
  if (text.empty() || text.size() > longest_text) return std::nullopt;
  return PodName{std::string(text)};
}

std::optional<bool> parse_flag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<SwitchoverRequest> parse_switchover(std::string_view text) {
  if (text == "any") return SwitchoverRequest{};
  auto name = parse_name(text);
  if (!name) return std::nullopt;
  return SwitchoverRequest{.to = std::move(name)};
}

std::optional<std::string> parse_rule(std::string_view text) {
  if (text.size() > longest_rule) return std::nullopt;
  return std::string(text);
}

std::optional<Timeline> parse_timeline(std::string_view text) {
  const auto number = parse<std::uint32_t>(text);
  if (!number) return std::nullopt;
  return Timeline{*number};
}

void read_annotations(Reader& reader, Record& record) {
  const std::string_view an_lsn = "a position in the WAL, as 16/B374D848";
  const std::string_view a_name = "a pod's name";
  reader.read("last-holder", "NAME=HEX, a pod and its data id", parse_member,
              [&](Member value) { record.last = std::move(value); });
  reader.read("node", "a node's name", parse_name,
              [&](PodName value) { record.node = std::move(value.text); });
  reader.read("system-identifier", "a decimal number", parse_system_id,
              [&](SystemId value) { record.system_id = value; });
  reader.read("timeline", "a decimal number", parse_timeline,
              [&](Timeline value) { record.timeline = value; });
  reader.read("flushed", an_lsn, parse_lsn, [&](Lsn value) { record.flushed = value; });
  reader.read("final", an_lsn, parse_lsn, [&](Lsn value) { record.final = value; });
  reader.read("candidates", "at most 64 of NAME=HEX, with commas between", parse_members,
              [&](std::vector<Member> value) { record.candidates = std::move(value); });
  reader.read("write", "UID/HEX and a decimal number, with a space between", parse_write,
              [&](WriteId value) { record.write = std::move(value); });
  reader.read("successor", a_name, parse_name,
              [&](PodName value) { record.successor = std::move(value); });
  reader.read("switchover", "a pod's name, or `any`", parse_switchover,
              [&](SwitchoverRequest value) { record.switchover = std::move(value); });
  reader.read("paused", "`true` or `false`", parse_flag,
              [&](bool value) { record.paused = value; });
  reader.read("synchronous", "at most 4096 bytes", parse_rule,
              [&](std::string value) { record.synchronous = std::move(value); });
}

void read_spec(Reader& reader, const LeaseFields& fields, Record& record) {
  const std::int64_t duration = fields.lease_duration_seconds.value_or(0);
  if (duration < 0 || duration > 86400) {
    reader.garbage("spec.leaseDurationSeconds", std::to_string(duration), "1 to 86400");
  } else {
    record.duration = std::chrono::seconds(duration);
  }
  const std::int64_t transitions = fields.lease_transitions.value_or(0);
  if (transitions < 0 || transitions > std::numeric_limits<std::int32_t>::max()) {
    reader.garbage("spec.leaseTransitions", std::to_string(transitions), "0 to 2147483647");
  } else {
    record.transitions = static_cast<std::uint32_t>(transitions);
  }
  if (fields.holder_identity && !fields.holder_identity->empty()) {
    record.holder = parse_holder(*fields.holder_identity);
  }
}

}  // namespace

LeaseFields to_fields(const Record& record) {
  LeaseFields fields;
  if (record.holder) fields.holder_identity = to_text(*record.holder);
  fields.lease_duration_seconds =
      std::chrono::duration_cast<std::chrono::seconds>(record.duration).count();
  fields.lease_transitions = record.transitions;
  const auto put = [&](std::string_view name, std::string text) {
    fields.annotations.emplace(std::string(annotation_prefix) + std::string(name), std::move(text));
  };
  if (!record.last.pod.text.empty()) put("last-holder", to_text(record.last));
  if (!record.node.empty()) put("node", record.node);
  if (record.system_id) put("system-identifier", core::to_text(*record.system_id));
  put("timeline", std::to_string(record.timeline.number));
  put("flushed", core::to_text(record.flushed));
  if (record.final) put("final", core::to_text(*record.final));
  put("candidates", to_text(record.candidates));
  if (!record.write.writer.pod_uid.empty())
    put("write", to_text(record.write.writer) + " " + std::to_string(record.write.number));
  if (record.successor) put("successor", record.successor->text);
  if (record.switchover)
    put("switchover", record.switchover->to ? record.switchover->to->text : "any");
  if (record.paused) put("paused", "true");
  if (!record.synchronous.empty()) put("synchronous", record.synchronous);
  return fields;
}

ReadRecord read_record(const LeaseFields& fields) {
  ReadRecord read;
  Reader reader(fields, read);
  read_spec(reader, fields, read.record);
  read_annotations(reader, read.record);
  return read;
}

}  // namespace core::elected
