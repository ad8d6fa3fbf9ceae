#include "postgres/member_file.hpp"

#include <charconv>
#include <utility>

#include "postgres/files.hpp"
#include "postgres/layout.hpp"

namespace postgres {
namespace {

using core::elected::DataId;
using core::elected::Withdrawal;

constexpr std::string_view heading =
    "# What pgordinal knows of this volume. Do not copy it to another one, and do not remove it:\n"
    "# without it this copy of the data may not take over.\n";
constexpr mode_t private_file = 0600;
constexpr std::size_t shown = 60;  // of a line, in a message

template <class Number>
bool assign_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// `TRANSITIONS NUMBER`
bool assign_withdrawal(std::string_view text, std::optional<Withdrawal>& withdrawn) {
  const auto blank = text.find(' ');
  Withdrawal found;
  if (blank == std::string_view::npos || !assign_number(text.substr(0, blank), found.transitions) ||
      !assign_number(text.substr(blank + 1), found.number)) {
    return false;
  }
  withdrawn = found;
  return true;
}

bool assign(MemberFile& member, std::string_view key, std::string_view value) {
  if (key == "pod") {
    member.pod = value;
    return !value.empty();
  }
  if (key == "data_id") return assign_number(value, member.data.emplace().number);
  if (key == "transitions") return assign_number(value, member.transitions);
  if (key == "claimed_timeline") return assign_number(value, member.claimed.number);
  return key == "withdrawn" && assign_withdrawal(value, member.withdrawn);
}

}  // namespace

std::string to_text(const MemberFile& member) {
  std::string text(heading);
  const auto line = [&text](std::string_view key, const std::string& value) {
    text.append(key).append("=").append(value).append("\n");
  };
  line("pod", member.pod);
  if (member.data) line("data_id", std::to_string(member.data->number));
  line("transitions", std::to_string(member.transitions));
  line("claimed_timeline", std::to_string(member.claimed.number));
  if (member.withdrawn) {
    line("withdrawn", std::to_string(member.withdrawn->transitions) + " " +
                          std::to_string(member.withdrawn->number));
  }
  return text;
}

std::expected<MemberFile, std::string> parse_member_file(std::string_view text) {
  MemberFile member;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::unexpected("its last line is cut off");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos ||
        !assign(member, line.substr(0, equals), line.substr(equals + 1))) {
      return std::unexpected("it has the line `" + std::string(line.substr(0, shown)) + "`");
    }
  }
  if (member.pod.empty()) return std::unexpected("it names no pod");
  return member;
}

std::expected<std::optional<MemberFile>, Problem> read_member_file(
    const std::filesystem::path& pgdata) {
  const auto path = layout::in(pgdata, layout::member);
  const auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto member = parse_member_file(**text);
  if (!member) {
    return std::unexpected(
        Problem{.what = path.string() + " cannot be understood: " + member.error() + ".",
                .remedy = "It is written whole or not at all, so somebody edited it, or the disk "
                          "damaged it (then check the rest of the volume as well). Remove that "
                          "file alone: the data stays, and the pod may take over again once the "
                          "primary lists it."});
  }
  return std::move(*member);
}

std::expected<MemberFile, Problem> member_of(const std::filesystem::path& pgdata,
                                             const core::PodName& pod) {
  auto found = read_member_file(pgdata);
  if (!found) return std::unexpected(found.error());
  MemberFile member = std::move(*found).value_or(MemberFile{.pod = pod.text});
  if (member.pod == pod.text) return member;
  return MemberFile{.pod = pod.text, .transitions = member.transitions, .claimed = member.claimed};
}

std::expected<void, Problem> write_member_file(const std::filesystem::path& pgdata,
                                               const MemberFile& member) {
  const auto written =
      write_file_atomically(layout::in(pgdata, layout::member), to_text(member), private_file);
  if (!written) return std::unexpected(written.error());
  return {};
}

std::expected<void, Problem> drop_data_id(const std::filesystem::path& pgdata,
                                          const core::PodName& pod) {
  auto member = member_of(pgdata, pod);
  if (!member) return std::unexpected(member.error());
  member->data.reset();
  return write_member_file(pgdata, *member);
}

std::expected<void, Problem> give_data_id(const std::filesystem::path& pgdata,
                                          const core::PodName& pod, DataId fresh) {
  auto member = member_of(pgdata, pod);
  if (!member) return std::unexpected(member.error());
  member->data = fresh;
  member->withdrawn.reset();
  return write_member_file(pgdata, *member);
}

}  // namespace postgres
