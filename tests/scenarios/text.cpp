#include "text.hpp"

#include <array>
#include <cstdio>

namespace scenarios {
namespace {

namespace action = core::action;

std::string number(core::Ordinal ordinal) {
  return std::to_string(ordinal.number);
}

/// One action as text; where it has a deadline, with it only when `deadlines` is set.
struct Teller {
  bool deadlines = false;

  [[nodiscard]] std::string by(core::Instant deadline) const {
    return deadlines ? " by " + scenarios::to_text(deadline) : "";
  }
  std::string operator()(const action::DiscardUnfinished&) const { return "discard"; }
  std::string operator()(const action::Bootstrap&) const { return "bootstrap"; }
  std::string operator()(const action::Adopt&) const { return "adopt"; }
  std::string operator()(const action::Clone& deed) const {
    return "clone " + number(deed.source) + (deed.then_promote ? " to promote" : "") +
           (deed.in_place ? " in place" : "");
  }
  std::string operator()(const action::AskPeers& deed) const {
    std::string text = "ask";
    for (const core::Ordinal whom : deed.whom)
      text += " " + number(whom);
    return text + by(deed.deadline);
  }
  std::string operator()(const action::StartServer& deed) const {
    if (deed.role == core::Role::primary) return "start primary";
    return deed.follow ? "start standby of " + number(*deed.follow) : "start standby";
  }
  std::string operator()(const action::Promote& deed) const {
    return "promote" + by(deed.deadline);
  }
  std::string operator()(const action::StopServer& deed) const {
    switch (deed.how) {
      case action::Shutdown::fast: return "stop fast" + by(deed.deadline);
      case action::Shutdown::immediate: return "stop immediate" + by(deed.deadline);
      case action::Shutdown::kill: return "stop kill" + by(deed.deadline);
    }
    return "stop ?";
  }
  std::string operator()(const action::StopLongAction& deed) const {
    return (deed.kill ? "kill long action" : "end long action") + by(deed.deadline);
  }
  std::string operator()(const action::Reload&) const { return "reload"; }
  std::string operator()(const action::EnsureSlot& deed) const {
    return "ensure slot on " + number(deed.primary) + by(deed.deadline);
  }
  std::string operator()(const action::MaintainSlots& deed) const {
    return "maintain slots" + by(deed.deadline);
  }
  std::string operator()(const action::AssertPasswords& deed) const {
    return "assert passwords" + by(deed.deadline);
  }
  std::string operator()(const action::AnswerOrder& deed) const {
    return (deed.done ? "answer done: " : "answer refused: ") + deed.text;
  }
  std::string operator()(const action::ReleaseReserve&) const { return "release reserve"; }
  std::string operator()(const action::MakeReserve&) const { return "make reserve"; }
  std::string operator()(const action::Exit& deed) const {
    std::string text = "exit " + std::to_string(deed.code);
    if (deadlines && !deed.message.empty()) text += " '" + deed.message + "'";
    return text;
  }
};

}  // namespace

std::string to_text(const core::Action& action) {
  return std::visit(Teller{}, action);
}

std::string to_text_with_deadline(const core::Action& action) {
  return std::visit(Teller{.deadlines = true}, action);
}

std::string to_text(const std::vector<core::Action>& actions) {
  std::string text;
  for (const core::Action& action : actions)
    text += (text.empty() ? "" : ", ") + to_text(action);
  return text;
}

std::string to_text(core::Instant instant) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(instant.time_since_epoch()).count();
  std::array<char, 32> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%lld.%03lld", static_cast<long long>(ms / 1000),
                    static_cast<long long>(ms % 1000));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string told(const std::string& text) {
  std::string story;
  for (std::size_t at = text.find_first_not_of("\n "); at != std::string::npos;) {
    const std::size_t end = text.find('\n', at);
    story += text.substr(at, end - at) + "\n";
    at = end == std::string::npos ? end : text.find_first_not_of("\n ", end);
  }
  return story;
}

}  // namespace scenarios

namespace core {
void PrintTo(Reason reason, std::ostream* out) {
  *out << to_text(reason);
}
void PrintTo(const Instant& instant, std::ostream* out) {
  *out << scenarios::to_text(instant);
}
}  // namespace core
