#include "runtime/elected/perform.hpp"

/// The deeds that have to do with the room on the volume.
namespace runtime::elected {

bool Perform::act(const core::action::ReleaseReserve&) {
  hands_.wal_room.release();
  return true;
}

bool Perform::act(const core::action::MakeReserve& deed) {
  hands_.wal_room.make(deed.bytes);
  return true;
}

}  // namespace runtime::elected
