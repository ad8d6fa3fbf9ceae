#include "runtime/single_user.hpp"

#include <utility>

#include "postgres/server_file.hpp"
#include "postgres/tools.hpp"
#include "runtime/configure.hpp"
#include "runtime/init_environment.hpp"

namespace runtime {

Outcome<SingleUser> single_user(const Context& context) {
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  const auto configured = configure(context, core::Role::primary, {});
  if (!configured) return std::unexpected(configured.error());
  const postgres::LockVerdict lock = postgres::judge_server_file(pgdata);
  if (lock.occupant == postgres::Occupant::postgres)
    return std::unexpected(Failure{.message = lock.text});
  std::vector<std::string> users = context.server_args;
  users.insert(users.end(), configured->more_args.begin(), configured->more_args.end());
  const std::vector<std::string> argv = postgres::single_user(pgdata, users, configured->main_conf);
  process::Command command{.program = argv.front(), .args = {argv.begin() + 1, argv.end()}};
  command.environment = server_environment(context);
  if (const auto value = postgres::grandparent_pid(lock))
    set_variable(command.environment, "PG_GRANDPARENT_PID", *value);
  BorrowedName name = BorrowedName::make(pgdata);
  name.add_to(command.environment);
  return SingleUser{.command = std::move(command), .name = std::move(name)};
}

}  // namespace runtime
