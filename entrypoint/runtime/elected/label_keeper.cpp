#include "runtime/elected/label_keeper.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "log/log.hpp"
#include "runtime/clock.hpp"

namespace runtime::elected {

namespace asio = boost::asio;
using core::elected::action::Label;
using core::elected::action::SetLabel;
using kubernetes::ErrorKind;

namespace {

constexpr const char* label_name = "role";
constexpr core::Duration patch_timeout = std::chrono::seconds(2);
constexpr core::Duration again_after = std::chrono::seconds(1);

std::optional<std::string> value_of(Label label) {
  switch (label) {
    case Label::none: return std::nullopt;
    case Label::replica: return "replica";
    case Label::primary: return "primary";
  }
  return std::nullopt;
}

void take_off(std::list<SetLabel>& labels, const core::PodName& pod) {
  labels.remove_if([&](const SetLabel& each) { return each.pod == pod; });
}

}  // namespace

LabelKeeper::LabelKeeper(const asio::any_io_executor& executor, const kubernetes::Access& access)
    : executor_(executor), client_(executor, access, now), pause_(executor) {}

void LabelKeeper::set(const SetLabel& label) {
  take_off(wanted_, label.pod);
  take_off(failed_, label.pod);
  wanted_.push_back(label);
  pause_.cancel();
  if (!std::exchange(working_, true)) asio::co_spawn(executor_, work(), asio::detached);
}

void LabelKeeper::forget_others(const core::PodName& self) {
  for (auto* labels : {&wanted_, &failed_})
    labels->remove_if([&](const SetLabel& each) { return each.pod != self; });
}

bool LabelKeeper::settled(const SetLabel& label, const kubernetes::Write& write) {
  if (write.outcome == kubernetes::Outcome::done) {
    (void)fails_.works(now());
    logs::event(logs::Level::info, "label_set",
                {{"pod", label.pod.text}, {"role", value_of(label.label).value_or("-")}});
    return true;
  }
  const kubernetes::Error error = write.error.value_or(kubernetes::Error{});
  // There is no such pod, so it has no label either.
  if (error.kind == ErrorKind::not_found) return true;
  if (error.kind == ErrorKind::forbidden) {
    // A label that is to go, of a pod beyond those that the Role names: there is hardly such a pod.
    const bool matters = label.label != Label::none;
    if (matters && forbidden_.insert(label.pod.text).second)
      logs::event(logs::Level::error, "label_forbidden", {{"pod", label.pod.text}},
                  error.message +
                      ". Services that select by role do not find this pod; add it to "
                      "the Role's resourceNames");
    return !matters;
  }
  if (fails_.fails(error.message, now()))
    logs::event(logs::Level::warning, "label_not_set", {{"pod", label.pod.text}}, error.message);
  return false;
}

asio::awaitable<void> LabelKeeper::work() {
  while (!wanted_.empty() || !failed_.empty()) {
    if (wanted_.empty()) {
      pause_.expires_after(again_after);
      co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
      wanted_.splice(wanted_.end(), failed_);
      continue;
    }
    const SetLabel label = wanted_.front();
    wanted_.pop_front();
    std::map<std::string, std::optional<std::string>> labels;
    labels.emplace(label_name, value_of(label.label));
    const auto write =
        co_await client_.patch_labels(label.pod.text, std::move(labels), patch_timeout);
    const bool newer = std::ranges::find(wanted_, label.pod, &SetLabel::pod) != wanted_.end();
    if (!settled(label, write) && !newer) failed_.push_back(label);
  }
  working_ = false;
}

}  // namespace runtime::elected
