#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/elected/action.hpp"
#include "runtime/elected/hands.hpp"

namespace runtime::elected {

/// The one place that acts in elected mode: called with the actions of a decision, in their order;
/// what stands behind one that failed is not done. It never decides.
class Perform {
 public:
  explicit Perform(const Hands& hands) : hands_(hands) {}

  void operator()(const std::vector<core::elected::action::Any>& actions);
  /// Nothing can be begun here: the loop ends with a failure, which is told.
  void leave_with(const std::string& why);
  /// Set by Exit: the loop ends with it.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  /// Why the last command was refused, once.
  [[nodiscard]] std::optional<std::string> take_refusal() { return std::exchange(refusal_, {}); }

 private:
  bool act(const core::elected::action::WriteLease& deed);
  bool act(const core::elected::action::ReadLease& deed);
  bool act(const core::elected::action::SetFence& deed);
  bool act(const core::elected::action::DisarmFence& deed);
  bool act(const core::elected::action::ReplaceFence& deed);
  bool act(const core::elected::action::MarkStandby& deed);
  bool act(const core::elected::action::StartStandby& deed);
  bool act(const core::elected::action::StartPrimary& deed);
  bool act(const core::elected::action::Promote& deed);
  bool act(const core::elected::action::StopServer& deed);
  bool act(const core::elected::action::Checkpoint& deed);
  bool act(const core::elected::action::Follow& deed);
  bool act(const core::elected::action::Ask& deed);
  bool act(const core::elected::action::Answer& deed);
  bool act(const core::elected::action::Withdraw& deed);
  bool act(const core::elected::action::ClearWithdrawal& deed);
  bool act(const core::elected::action::Remember& deed);
  bool act(const core::elected::action::Bootstrap& deed);
  bool act(const core::elected::action::FinishBootstrap& deed);
  bool act(const core::elected::action::Rewind& deed);
  bool act(const core::elected::action::Clone& deed);
  bool act(const core::elected::action::SetLabel& deed);
  bool act(const core::elected::action::RefuseCommand& deed);
  bool act(const core::action::AnswerOrder& deed) {
    hands_.orders.answered(deed);
    return true;
  }
  bool act(const core::action::ReleaseReserve& deed);
  bool act(const core::action::MakeReserve& deed);
  bool act(const core::elected::action::Exit& deed);

  template <class Deed>
  void not_done(const Deed& deed);
  bool start(core::Role role, const std::optional<core::PodName>& follow);

  Hands hands_;
  std::optional<int> exit_code_;
  std::optional<std::string> refusal_;
};

}  // namespace runtime::elected
