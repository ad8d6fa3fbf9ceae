#include "postgres/problem.hpp"

#include <cerrno>
#include <cstring>

namespace postgres {
namespace {

std::string remedy_for(int error_number) {
  switch (error_number) {
    case EROFS:
      return "The volume is mounted read-only: mount it writable (in Kubernetes: no `readOnly: "
             "true` on the "
             "volumeMount; the node may also have remounted a damaged disk read-only, see its "
             "kernel log).";
    case ENOSPC:
    case EDQUOT:
      return "The volume is full: enlarge it, or free space in it that is not PostgreSQL's. Never "
             "delete files in "
             "pg_wal by hand.";
    case EACCES:
    case EPERM:
      return "The user that PostgreSQL runs as may not do this: start the container as root once, "
             "or set fsGroup "
             "(Kubernetes), or change the owner of the volume.";
    case EIO:
      return "The disk reports an error: look at the kernel log of the node before anything else.";
    case ENOTEMPTY:
    case EEXIST:
      return "Something is there already that this program did not put there: look at it, move it "
             "away.";
    default: return "Look at the volume: this was not expected.";
  }
}

}  // namespace

Problem file_problem(const std::string& verb, const std::string& path, int error_number) {
  return {.what = "cannot " + verb + " " + path + ": " + std::strerror(error_number) + ".",
          .remedy = remedy_for(error_number)};
}

}  // namespace postgres
