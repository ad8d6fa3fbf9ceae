#include "runtime/status_table.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "runtime/status_words.hpp"

namespace runtime {

namespace {

using core::Role;
using core::ServerState;
using core::Status;
using http::MemberStatus;
using Members = std::vector<MemberStatus>;

constexpr std::size_t width = 80;
constexpr std::size_t columns = 7;
using Row = std::array<std::string, columns>;

/// SGR codes of ECMA-48, as every terminal has them.
enum class Style : std::uint8_t { plain = 0, bold = 1, red = 31, green = 32, yellow = 33 };

std::string styled(const std::string& text, Style style, Colours colours) {
  if (colours == Colours::none || style == Style::plain) return text;
  return "\033[" + std::to_string(static_cast<int>(style)) + "m" + text + "\033[0m";
}

/// In static mode a member's words come without a proof.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

/// Text in lines of at most `width`, after `head`, the following ones indented.
std::string wrapped(const std::string& head, const std::string& text) {
  std::string result;
  std::string line = head;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    word = printable(std::move(word));
    if (line.size() + 1 + word.size() > width && line != head) {
      result += line + "\n";
      line = "   ";
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + line + "\n";
}

std::string state_of(const Status& status) {
  if (status.action && status.server != ServerState::accepting) {
    std::string text = status.action->name;
    const auto& done = status.action->done_bytes;
    const auto& total = status.action->total_bytes;
    if (done && total && *total > 0)
      text += " " + std::to_string(std::min<std::uint64_t>(100, *done * 100 / *total)) + " %";
    return text;
  }
  if (status.stopping) return "stopping";
  if (status.role == Role::standby && status.server == ServerState::accepting && status.streams)
    return *status.streams ? "streaming" : "no stream";
  return status.server == ServerState::none ? "no server"
                                            : std::string(core::to_text(status.server));
}

std::string takes_over(const Status* primary, const Status& status) {
  if (primary == nullptr || !primary->lease || status.pod == primary->pod) return "-";
  const auto& listed = primary->lease->candidates;
  return std::ranges::find(listed, status.pod) != listed.end() ? "yes" : "no";
}

Row row_of(const Status* primary, const MemberStatus& member) {
  if (!member.status) return {member.pod, "-", "no answer", "-", "-", "-", "no"};
  const Status& status = *member.status;
  return {status.pod,
          status.role ? std::string(core::to_text(*status.role)) : "-",
          state_of(status),
          status.timeline ? std::to_string(status.timeline->number) : "-",
          status.lag_bytes ? core::rough_bytes(*status.lag_bytes) : "-",
          takes_over(primary, status),
          core::readiness(status).ok ? "yes" : "no"};
}

Style style_of(std::size_t column, const std::string& cell) {
  constexpr std::size_t role = 1;
  constexpr std::size_t state = 2;
  constexpr std::size_t ready = columns - 1;
  if (column == role && cell == "primary") return Style::bold;
  if (column == state && cell.starts_with("no ")) return Style::red;
  if (column == ready && cell == "yes") return Style::green;
  if (column == ready && cell == "no") return Style::red;
  return Style::plain;
}

/// The columns as wide as they have to be; a name that is too long for the line is cut.
std::string table(const std::vector<Row>& rows, Colours colours) {
  std::array<std::size_t, columns> widths{};
  for (const Row& row : rows) {
    for (std::size_t at = 0; at < columns; ++at)
      widths[at] = std::max(widths[at], row[at].size());
  }
  std::size_t rest = 2 * (columns - 1);
  for (std::size_t at = 1; at < columns; ++at)
    rest += widths[at];
  widths[0] = std::min(widths[0], width - std::min(rest, width - 8));
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t at = 0; at < columns; ++at) {
      std::string cell = printable(row[at]);
      // Names differ at their end.
      if (cell.size() > widths[at]) cell = "~" + cell.substr(cell.size() - widths[at] + 1);
      const std::string padding(at + 1 == columns ? 0 : widths[at] - cell.size() + 2, ' ');
      line += styled(cell, style_of(at, row[at]), colours) + padding;
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace

bool is_well(const std::vector<http::MemberStatus>& members) {
  return primary_of(members) != nullptr &&
         std::ranges::all_of(members, [](const MemberStatus& member) {
           return member.status && core::readiness(*member.status).ok;
         });
}

std::string status_table(const std::vector<http::MemberStatus>& members, Colours colours) {
  const Status* primary = primary_of(members);
  std::vector<Row> rows{{"POD", "ROLE", "STATE", "TIMELINE", "LAG", "TAKES OVER", "READY"}};
  for (const MemberStatus& member : members)
    rows.push_back(row_of(primary, member));
  std::string text =
      wrapped("Primary:", about_primary(members)) + "\n" + table(rows, colours) + "\n";
  for (const MemberStatus& member : members) {
    if (const std::string why = trouble(member); !why.empty())
      text += wrapped(printable(member.pod) + ":", why);
  }
  return text + styled("To do:", is_well(members) ? Style::green : Style::yellow, colours) +
         wrapped("To do:", advice(members)).substr(std::string_view("To do:").size());
}

}  // namespace runtime
