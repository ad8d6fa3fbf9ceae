#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "config/openssl.hpp"
#include "log/termination_message.hpp"
#include "process/exec.hpp"
#include "process/privileges.hpp"
#include "process/protection.hpp"
#include "process/signals.hpp"
#include "runtime/commands.hpp"
#include "runtime/grammar.hpp"
#include "runtime/serve.hpp"

namespace {

namespace invocation = runtime::invocation;

std::vector<std::string> environment_copy() {
  std::vector<std::string> copy;
  for (char** entry = environ; *entry != nullptr; ++entry)
    copy.emplace_back(*entry);
  return copy;
}

/// What each kind of invocation leads to. Returns the exit status.
struct Run {
  const process::InheritedSignals& inherited;

  int operator()(const invocation::Server& server) const { return runtime::serve(server); }
  int operator()(const invocation::EnsureInitdb& ensure) const { return runtime::serve(ensure); }
  int operator()(const invocation::Own& own) const {
    const int code = runtime::run_command(own, environment_copy());
    // `--version` and `--help` are PostgreSQL's as well (contract clause 7): its own answer follows
    // where it is there.
    if (own.name == "--version" || own.name == "--help") {
      // No message where it is not: ours was the answer.
      static_cast<void>(process::exec({"postgres", own.name}, environment_copy(), inherited));
    }
    return code;
  }
  int operator()(const invocation::Exec& exec) const {
    const process::SpawnError error = process::exec(exec.command, environment_copy(), inherited);
    std::cerr << "pgordinal: " << error.message << '\n';
    logs::leave_termination_message_as_pid_1(error.message);
    return error.exit_code();
  }
  int operator()(const invocation::Nothing&) const { return 0; }
};

}  // namespace

int main(int argc, char** argv) {
  const process::InheritedSignals inherited = process::block_all();
  process::reset_dispositions();
  process::ensure_standard_descriptors();
  process::pin_name_service();
  config::ignore_openssl_configuration();
  const std::string name =
      argc > 0 ? std::filesystem::path(argv[0]).filename().string() : std::string{};
  std::vector<std::string> args;
  for (int i = 1; i < argc; ++i)
    args.emplace_back(argv[i]);
  return std::visit(Run{.inherited = inherited}, runtime::parse_invocation(name, std::move(args)));
}
