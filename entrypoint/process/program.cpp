#include "process/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace process {

namespace {

constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view search_path(const std::vector<std::string>& environment) {
  for (const std::string& entry : environment) {
    if (entry.starts_with("PATH=")) return std::string_view(entry).substr(5);
  }
  return default_path;
}

// 0, or the errno with which the kernel would refuse to run it.
int refusal(const std::string& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return errno;
  if (!S_ISREG(found.st_mode)) return EACCES;
  // For root, access() says yes only when somebody may execute the file: just as execve does.
  return ::access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

SpawnError refused(const std::string& program, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  return {.kind = missing ? SpawnError::Kind::not_found : SpawnError::Kind::not_executable,
          .error = error,
          .message = "exec: \"" + program + "\": " + std::strerror(error)};
}

}  // namespace

int SpawnError::exit_code() const {
  switch (kind) {
    case Kind::not_found: return 127;
    case Kind::not_executable: return 126;
    case Kind::failed: return 1;
  }
  return 1;
}

std::expected<std::string, SpawnError> find_program(const std::string& program,
                                                    const std::vector<std::string>& environment) {
  if (program.contains('/')) {
    if (const int error = refusal(program); error != 0)
      return std::unexpected(refused(program, error));
    return program;
  }
  int best = ENOENT;  // a file that is there but may not be run says more than none at all
  std::string_view path = search_path(environment);
  while (!program.empty()) {
    const std::size_t colon = path.find(':');
    const std::string_view directory = path.substr(0, colon);
    std::string file = (directory.empty() ? "." : std::string(directory)) + "/" + program;
    const int error = refusal(file);
    if (error == 0) return file;
    if (error == EACCES) best = EACCES;
    if (colon == std::string_view::npos) break;
    path.remove_prefix(colon + 1);
  }
  SpawnError failure = refused(program, best);
  if (best == ENOENT)
    failure.message = "exec: \"" + program + "\": executable file not found in $PATH";
  return std::unexpected(std::move(failure));
}

std::string find_beside(const std::string& neighbour, const std::string& program,
                        const std::vector<std::string>& environment) {
  const auto found = find_program(neighbour, environment);
  if (!found) return program;
  std::string file = found->substr(0, found->rfind('/') + 1) + program;
  return refusal(file) == 0 ? file : program;
}

SpawnError exec_refused(const std::string& program, int error) {
  SpawnError failure = refused(program, error);
  // The file itself was seen, so what is missing is named by its first line or its ELF header.
  if (error == ENOENT) failure.message += " (the file is there, its interpreter is not)";
  if (error != ENOENT && error != EACCES && error != EPERM && error != ENOEXEC)
    failure.kind = SpawnError::Kind::failed;
  return failure;
}

}  // namespace process
