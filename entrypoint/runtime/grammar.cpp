#include "runtime/grammar.hpp"

#include <algorithm>
#include <array>

#include "runtime/command_table.hpp"

namespace runtime {
namespace {

constexpr std::array own_flags = {std::string_view{"--version"}, std::string_view{"--help"}};

/// Flags that make `postgres` print something and leave. `-C` is not among them (contract clause
/// 8).
bool only_prints(const std::string& arg) {
  return arg == "-?" || arg == "--help" || arg == "--describe-config" || arg == "-V" ||
         arg == "--version";
}

bool is_own(const std::vector<std::string>& args) {
  if (own_command(args.front()) != nullptr) return true;
  return args.size() == 1 && std::ranges::find(own_flags, args.front()) != own_flags.end();
}

}  // namespace

Invocation parse_invocation(std::string_view name, std::vector<std::string> args) {
  const bool enforce = name == "docker-enforce-initdb.sh";
  if (enforce || name == "docker-ensure-initdb.sh") {
    if (!args.empty() && args.front() == "postgres") args.erase(args.begin());
    return invocation::EnsureInitdb{.args = std::move(args), .enforce = enforce};
  }
  if (args.empty()) return invocation::Nothing{};
  if (is_own(args)) {
    std::string own = std::move(args.front());
    args.erase(args.begin());
    return invocation::Own{.name = std::move(own), .args = std::move(args)};
  }
  if (args.front().starts_with('-')) args.insert(args.begin(), "postgres");
  if (args.front() != "postgres" || std::ranges::any_of(args, only_prints)) {
    return invocation::Exec{.command = std::move(args)};
  }
  args.erase(args.begin());
  return invocation::Server{.args = std::move(args)};
}

}  // namespace runtime
