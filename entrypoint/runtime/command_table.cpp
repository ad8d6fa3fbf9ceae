#include "runtime/command_table.hpp"

#include <algorithm>
#include <array>

#include "runtime/commands.hpp"
#include "runtime/completion.hpp"
#include "runtime/history_command.hpp"
#include "runtime/orders.hpp"
#include "runtime/status_command.hpp"

namespace runtime {
namespace {

constexpr std::array all = {
    &check_command,   &completion_command, &failover_command,  &history_command, &init_command,
    &install_command, &pause_command,      &reinit_command,    &reload_command,  &restart_command,
    &resume_command,  &status_command,     &switchover_command};

}  // namespace

std::span<const OwnCommand* const> own_commands() {
  return all;
}

const OwnCommand* own_command(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(all, [&](const OwnCommand* each) { return each->name == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace runtime
