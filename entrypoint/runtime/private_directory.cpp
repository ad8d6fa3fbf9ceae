#include "runtime/private_directory.hpp"

#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace runtime {
namespace {

/// Below PGDATA too the name must be one of ours, see postgres/layout.hpp.
constexpr std::string_view name_pattern = "pgordinal.init.XXXXXX";
constexpr std::string_view longest_socket = "/.s.PGSQL.65535";
static_assert(sizeof(sockaddr_un::sun_path) == 108);

}  // namespace

std::expected<PrivateDirectory, std::string> PrivateDirectory::make(
    const std::vector<std::filesystem::path>& parents) {
  std::string problems;
  for (const std::filesystem::path& parent : parents) {
    std::string name = (parent / name_pattern).string();
    std::string problem;
    if (name.size() + longest_socket.size() >= sizeof(sockaddr_un::sun_path)) {
      problem = "the path is too long for a Unix socket";
    } else if (::mkdtemp(name.data()) != nullptr) {
      return PrivateDirectory(name);
    } else {
      problem = std::strerror(errno);
    }
    problems += (problems.empty() ? "" : "; ") + parent.string() + ": " + problem;
  }
  return std::unexpected("no place for the socket of the temporary server (" + problems +
                         "). Mount a writable directory at /tmp or /var/run/postgresql");
}

PrivateDirectory::~PrivateDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace runtime
