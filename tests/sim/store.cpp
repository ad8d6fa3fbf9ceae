#include "store.hpp"

namespace sim {

void Store::put(const core::elected::Record& record, bool anew, core::Instant now) {
  if (anew) ++uid_;
  object_ = Object{.sighting = {.record = record,
                                .version = {std::to_string(++version_)},
                                .uid = {std::to_string(uid_)}},
                   .applied = now};
  if (record.system_id) initialised_ = true;
  past_.push_back(object_->sighting);
  if (past_.size() > 12) past_.erase(past_.begin());
}

Store::Applied Store::apply(const core::elected::action::WriteLease& write, core::Instant now) {
  Applied applied{.ok = false, .before = object_};
  if (!write.base) {
    applied.ok = !object_;
    if (applied.ok) put(write.record, true, now);
    return applied;
  }
  // A PUT to a missing object creates it, whatever its resourceVersion; only a uid prevents that.
  const bool anyway = !object_ && write.base->uid.text.empty();
  const bool newest = write.base->version.text == "the newest";
  const bool same = object_ && (newest || object_->sighting.version == write.base->version) &&
                    (write.base->uid.text.empty() || object_->sighting.uid == write.base->uid);
  applied.ok = anyway || same;
  if (applied.ok) put(write.record, anyway, now);
  return applied;
}

void Store::restore(const core::elected::Record& record, core::Instant now) {
  put(record, !object_, now);
}

}  // namespace sim
