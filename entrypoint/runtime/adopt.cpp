#include "log/log.hpp"
#include "runtime/bootstrap.hpp"
#include "runtime/child_input.hpp"
#include "runtime/cluster_roles.hpp"
#include "runtime/passwords.hpp"
#include "runtime/single_user.hpp"

namespace runtime {
namespace {

using boost::asio::awaitable;

struct Session {
  postgres::Descriptor input;
  postgres::Descriptor output;
};

Outcome<Session> session_for(const ClusterRoles& roles) {
  auto input = memory_file(postgres::sql::joined(roles.statements) + "\n" + roles.proof + "\n");
  auto output = memory_file();
  if (!input) return std::unexpected(Failure{.message = input.error()});
  if (!output) return std::unexpected(Failure{.message = output.error()});
  return Session{.input = std::move(*input), .output = std::move(*output)};
}

Failure not_adopted(const core::ExitStatus& status) {
  return Failure{
      .exit_code = status.success() ? 1 : status.code(),
      .message =
          "the roles that static mode needs could not be made in this data directory (single-user "
          "mode "
          "ended with " +
          core::to_text(status) +
          "); PostgreSQL's own messages above say why. The "
          "next start tries again; cluster.mode = \"standalone\" starts it without them"};
}

}  // namespace

awaitable<Outcome<>> adopt(LongRun& run, const Context& context) {
  auto single = single_user(context);
  if (!single) co_return std::unexpected(single.error());
  const auto roles = cluster_roles(context.settings);
  if (!roles) co_return std::unexpected(roles.error());
  const auto session = session_for(*roles);
  if (!session) co_return std::unexpected(session.error());
  process::Command& command = single->command;
  command.stdin_fd = session->input.number();
  command.stdout_fd = session->output.number();

  logs::event(logs::Level::info, "adopting", {{"role", context.settings.replication.user}},
              "this cluster was made without pgordinal: its roles are made in single-user mode");
  const auto ended = co_await run.run(command);
  if (!ended) co_return std::unexpected(ended.error());
  // Single-user mode may go on after an error: what the proof printed is what counts.
  const bool made = text_of(session->output).find("\"made\"") != std::string::npos;
  if (!ended->success() || !made) co_return std::unexpected(not_adopted(*ended));
  const auto recorded = record_passwords(context.settings);
  if (!recorded) co_return recorded;
  co_return write_key(context.settings, roles->key);
}

}  // namespace runtime
