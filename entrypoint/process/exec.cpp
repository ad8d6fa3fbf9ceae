#include "process/exec.hpp"

#include <unistd.h>

#include <cerrno>

namespace process {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& each : strings)
    result.push_back(const_cast<char*>(each.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

SpawnError exec(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                const InheritedSignals& inherited) {
  if (argv.empty())
    return {.kind = SpawnError::Kind::failed, .error = EINVAL, .message = "exec: no command"};
  auto file = find_program(argv.front(), environment);
  if (!file) return std::move(file.error());

  const std::vector<char*> variables = pointers(environment);
  restore(inherited);
  ::execve(file->c_str(), pointers(argv).data(), variables.data());
  const int error = errno;
  if (error == ENOEXEC) {
    // A script without a first line: a shell runs it itself, and so do execvp and the image's own
    // entrypoint.
    std::vector<std::string> script = {"/bin/sh", *file};
    script.insert(script.end(), argv.begin() + 1, argv.end());
    ::execve("/bin/sh", pointers(script).data(), variables.data());
  }
  return exec_refused(argv.front(), error);
}

}  // namespace process
