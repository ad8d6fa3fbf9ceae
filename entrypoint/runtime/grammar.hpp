#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace runtime {

/// What a command line asks for. The official image's grammar (contract section 1b) with our own
/// sub-commands in front (command_table.hpp) and, as the only argument, `--version` and `--help`.
namespace invocation {
/// PostgreSQL under our supervision; `args` is what follows `postgres`.
struct Server {
  std::vector<std::string> args;
  bool operator==(const Server&) const = default;
};
/// docker-ensure-initdb.sh's job: bootstrap and leave. `enforce`: an existing cluster is an error.
struct EnsureInitdb {
  std::vector<std::string> args;
  bool enforce = false;
  bool operator==(const EnsureInitdb&) const = default;
};
/// Any other command: replaces this process, nothing touched.
struct Exec {
  std::vector<std::string> command;
  bool operator==(const Exec&) const = default;
};
/// One of our own; `args` is what follows the name.
struct Own {
  std::string name;
  std::vector<std::string> args;
  bool operator==(const Own&) const = default;
};
/// No arguments at all: the image's CMD was removed.
struct Nothing {
  bool operator==(const Nothing&) const = default;
};
}  // namespace invocation

using Invocation = std::variant<invocation::Server, invocation::EnsureInitdb, invocation::Exec,
                                invocation::Own, invocation::Nothing>;

/// `name` is the base name of argv[0].
[[nodiscard]] Invocation parse_invocation(std::string_view name, std::vector<std::string> args);

}  // namespace runtime
