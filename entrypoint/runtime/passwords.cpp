#include "runtime/passwords.hpp"

#include "log/log.hpp"
#include "postgres/password_record.hpp"
#include "postgres/sql.hpp"
#include "runtime/configure.hpp"
#include "runtime/own_session.hpp"
#include "runtime/random.hpp"

namespace runtime {
namespace {

namespace sql = postgres::sql;
using boost::asio::awaitable;
using postgres::PasswordRecord;
using Password = PasswordRecord::Password;
using Whose = PasswordRecord::Whose;

constexpr std::size_t salt_bytes = 16;
/// A commit that waits for a synchronous standby, or a lock that somebody holds, must not leave a
/// backend behind with each attempt.
constexpr std::string_view bounded =
    "SET synchronous_commit = local; SET statement_timeout = '4s';";

std::vector<Password> wanted(const core::Settings& settings) {
  std::vector<Password> all{{.whose = Whose::replication,
                             .role = settings.replication.user,
                             .text = settings.replication.password}};
  // Without one (trust) there is nothing to carry.
  if (!settings.official.password.empty()) {
    all.push_back({.whose = Whose::superuser,
                   .role = settings.official.user,
                   .text = settings.official.password});
  }
  return all;
}

bool failed(const std::string& role, const std::string& why) {
  logs::event(logs::Level::warning, "password_not_changed", {{"role", role}}, why);
  return false;
}

awaitable<bool> carry_in(postgres::Session& session, const Password& password,
                         core::Duration limit) {
  const auto verifier = sql::scram_verifier(password.text);
  if (!verifier) co_return failed(password.role, verifier.error());
  const sql::Statements statements =
      password.whose == Whose::replication
          ? sql::replication_role(password.role, *verifier)
          : sql::Statements(1, sql::set_password(password.role, *verifier));
  const auto done = co_await session.run(sql::joined(statements), limit);
  if (!done) co_return failed(password.role, done.error().message);
  logs::event(logs::Level::info, "password_changed", {{"role", password.role}},
              "the role has the new password; sessions that exist go on");
  co_return true;
}

/// Those of `passwords` that were carried in; nothing where no session came about.
awaitable<std::vector<Password>> carry_in_all(const Context& context,
                                              std::vector<Password> passwords,
                                              core::Duration limit) {
  std::vector<Password> done;
  auto session = co_await own_session(context, limit);
  if (session) {
    const auto quiet =
        co_await session->run(sql::joined(sql::unlogged()) + std::string(bounded), limit);
    if (!quiet) session = std::unexpected(quiet.error());
  }
  if (!session) {
    failed(passwords.front().role, session.error().message);
    co_return done;
  }
  for (const Password& password : passwords) {
    if (co_await carry_in(*session, password, limit)) done.push_back(password);
  }
  co_return done;
}

}  // namespace

Outcome<> record_passwords(const core::Settings& settings) {
  PasswordRecord record;
  for (const Password& password : wanted(settings))
    record.remember(password, random_hex(salt_bytes));
  const auto written = record.write(settings.official.pgdata);
  if (!written) return std::unexpected(failure(written.error()));
  return {};
}

awaitable<bool> assert_passwords(const Context& context, core::Duration limit) {
  const std::filesystem::path pgdata = context.settings.official.pgdata;
  auto record = PasswordRecord::read(pgdata);
  if (!record) co_return failed(context.settings.replication.user, failure(record.error()).message);
  std::vector<Password> news;  // recorded as they are: see record_passwords
  std::vector<Password> changed;
  for (Password& password : wanted(context.settings)) {
    switch (record->knows(password)) {
      case PasswordRecord::Known::same: break;
      case PasswordRecord::Known::never: news.push_back(std::move(password)); break;
      case PasswordRecord::Known::other: changed.push_back(std::move(password)); break;
    }
  }
  std::size_t left = changed.size();
  if (!changed.empty()) {
    for (Password& password : co_await carry_in_all(context, std::move(changed), limit)) {
      news.push_back(std::move(password));
      --left;
    }
  }
  if (news.empty()) co_return left == 0;
  for (const Password& password : news)
    record->remember(password, random_hex(salt_bytes));
  if (const auto written = record->write(pgdata); !written)
    co_return failed(news.front().role, failure(written.error()).message);
  co_return left == 0;
}

}  // namespace runtime
