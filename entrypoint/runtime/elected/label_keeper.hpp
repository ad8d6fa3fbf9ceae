#pragma once

#include <list>
#include <set>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/elected/action.hpp"
#include "kubernetes/client.hpp"
#include "runtime/repeated.hpp"

namespace runtime::elected {

/// The label `role` of the pods (R33), on a connection of its own: one patch after the other, in
/// the order in which they were asked for. What fails is tried again until something newer is asked
/// of that pod; what is behind it does not wait for that.
class LabelKeeper {
 public:
  LabelKeeper(const boost::asio::any_io_executor& executor, const kubernetes::Access& access);

  void set(const core::elected::action::SetLabel& label);
  /// This pod is no primary any more: what it still wanted of other pods is not its affair now.
  void forget_others(const core::PodName& self);

 private:
  boost::asio::awaitable<void> work();
  /// Whether that is settled: done, or nothing to be done.
  [[nodiscard]] bool settled(const core::elected::action::SetLabel& label,
                             const kubernetes::Write& write);

  boost::asio::any_io_executor executor_;
  kubernetes::Client client_;
  boost::asio::steady_timer pause_;
  std::list<core::elected::action::SetLabel> wanted_;
  std::list<core::elected::action::SetLabel> failed_;
  bool working_ = false;
  std::set<std::string> forbidden_;  ///< pods whose missing right has been told
  Repeated fails_;
};

}  // namespace runtime::elected
