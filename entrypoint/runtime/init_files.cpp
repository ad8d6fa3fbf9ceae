#include "runtime/init_files.hpp"

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <optional>
#include <utility>

#include "postgres/tools.hpp"
#include "runtime/child_input.hpp"
#include "runtime/init_environment.hpp"
#include "runtime/init_library.hpp"

namespace runtime {
namespace {

using boost::asio::awaitable;
using Environment = std::vector<std::string>;

Failure file_failed(const std::string& file, const core::ExitStatus& status) {
  return Failure{
      .exit_code = status.code(),
      .message =
          file + " failed: " + core::to_text(status) +
          ". The database is not initialised; once the file is right the next start begins anew"};
}

Outcome<> judged(const std::string& file, const core::ExitStatus& status) {
  if (status.success()) return {};
  return std::unexpected(file_failed(file, status));
}

void say(std::string_view what, const InitFile& file) {
  std::cout << script_name << ": " << what << " " << file.path.string() << "\n" << std::flush;
}

void say_blank() {
  std::cout << "\n" << std::flush;
}

process::Command psql(const Context& context, const Environment& environment,
                      const std::filesystem::path& file = {}) {
  std::vector<std::string> argv = postgres::psql(context.settings.official, file);
  return process::Command{
      .program = argv.front(), .args = {argv.begin() + 1, argv.end()}, .environment = environment};
}

/// What unpacks a file to its standard output; any of these does.
std::vector<std::vector<std::string>> unpackers(InitKind kind) {
  switch (kind) {
    case InitKind::sql_gz: return {{"gzip", "-dc"}, {"gunzip", "-c"}};
    case InitKind::sql_xz: return {{"xz", "-dc"}, {"xzcat"}};
    case InitKind::sql_zst: return {{"zstd", "-dc"}, {"zstdcat"}};
    case InitKind::execute:
    case InitKind::source:
    case InitKind::sql:
    case InitKind::ignore: return {};
  }
  return {};
}

/// The first of them that is in the image.
std::vector<std::string> unpacker(InitKind kind, const Environment& environment) {
  for (const std::vector<std::string>& candidate : unpackers(kind)) {
    if (process::find_program(candidate.front(), environment)) return candidate;
  }
  return {};
}

process::Command unpack(const InitFile& file, const Environment& environment) {
  const std::vector<std::string> argv = unpacker(file.kind, environment);
  process::Command command{
      .program = argv.front(), .args = {argv.begin() + 1, argv.end()}, .environment = environment};
  command.args.push_back(file.path.string());
  return command;
}

bool is_sourced(const InitFile& file) {
  return file.kind == InitKind::source;
}

/// A script without a `#!` line is a shell's: bash would run it itself, execvp gives it to /bin/sh.
awaitable<Outcome<core::ExitStatus>> execute(LongRun& run, process::Command command) {
  const auto refused_by_kernel = process::find_program("bash", command.environment);
  process::Command by_shell = command;
  by_shell.program = refused_by_kernel.value_or("/bin/sh");
  by_shell.args = {command.program};
  auto child = run.start(command);
  if (!child && child.error().system_error == ENOEXEC) child = run.start(by_shell);
  if (!child) co_return std::unexpected(child.error());
  co_return co_await run.end_of(*child);
}

/// A pipeline's status: the last command's that failed, as bash's pipefail has it.
awaitable<Outcome<core::ExitStatus>> unpack_into_psql(LongRun& run, process::Command unpacks,
                                                      process::Command reads) {
  auto pipe = make_pipe();
  if (!pipe) co_return std::unexpected(Failure{.exit_code = 1, .message = pipe.error()});
  unpacks.stdout_fd = pipe->write.number();
  reads.stdin_fd = pipe->read.number();
  const auto reader = run.start(reads);
  const auto writer = run.start(unpacks);
  pipe->write.close();
  pipe->read.close();
  std::optional<Outcome<core::ExitStatus>> written;
  if (writer) written = co_await run.end_of(*writer);
  if (!reader) co_return std::unexpected(reader.error());
  const auto read = co_await run.end_of(*reader);
  if (!writer) co_return std::unexpected(writer.error());
  if (!read || !read->success()) co_return read;
  co_return *written;
}

awaitable<Outcome<>> run_file(LongRun& run, const Context& context, const InitFile& file,
                              const Environment& environment) {
  const std::string path = file.path.string();
  if (file.kind == InitKind::ignore) {
    say("ignoring", file);
    co_return Outcome<>{};
  }
  say("running", file);
  Outcome<core::ExitStatus> ended;
  if (file.kind == InitKind::execute) {
    process::Command script{.program = path, .environment = environment};
    ended = co_await execute(run, std::move(script));
  } else if (file.kind == InitKind::sql) {
    process::Command reader = psql(context, environment, file.path);
    ended = co_await run.run(std::move(reader));
    say_blank();
  } else {
    process::Command writer = unpack(file, environment);
    process::Command reader = psql(context, environment);
    ended = co_await unpack_into_psql(run, std::move(writer), std::move(reader));
    say_blank();
  }
  if (!ended) co_return std::unexpected(ended.error());
  co_return judged(path, *ended);
}

awaitable<Outcome<>> run_without_shell(LongRun& run, const Context& context,
                                       const std::vector<InitFile>& files,
                                       const Environment& environment) {
  say_blank();
  for (const InitFile& file : files) {
    const auto done = co_await run_file(run, context, file, environment);
    if (!done) co_return done;
    say_blank();
  }
  co_return Outcome<>{};
}

Failure ended_early(const std::string& file) {
  return Failure{
      .exit_code = 1,
      .message =
          file +
          " ended the shell that runs the init files (`exit` or `exec`), so those after it did "
          "not run. End it by `return` instead, or make it executable: then it runs in a "
          "shell of its own"};
}

awaitable<Outcome<>> run_in_bash(LongRun& run, const std::vector<InitFile>& files,
                                 const Environment& environment, const std::string& library) {
  const auto reports = memory_file();
  if (!reports) co_return std::unexpected(Failure{.exit_code = 1, .message = reports.error()});
  process::Command bash{.program = "bash",
                        .args = {"-c", library, std::string(script_name)},
                        .environment = environment};
  for (const InitFile& file : files)
    bash.args.push_back(file.path.string());
  bash.stdin_fd = reports->number();
  const auto ended = co_await run.run(std::move(bash));
  if (!ended) co_return std::unexpected(ended.error());
  const InitReport report = parse_init_report(text_of(*reports));
  if (!ended->success()) co_return judged(report.last_file, *ended);
  if (!report.done) co_return std::unexpected(ended_early(report.last_file));
  co_return Outcome<>{};
}

}  // namespace

Outcome<> check_init_files(const Context& context, const std::vector<InitFile>& files) {
  constexpr int not_found = 127;
  const auto sourced = std::ranges::find_if(files, is_sourced);
  if (sourced != files.end() && !process::find_program("bash", context.environment)) {
    return std::unexpected(Failure{
        .exit_code = not_found,
        .message =
            sourced->path.string() +
            " is not executable, so it is to be read into bash, and this image has no bash. Make "
            "the file "
            "executable (chmod +x; defaultMode: 0755 of a ConfigMap) and give it the #! line of an "
            "interpreter that is there, or make it a .sql file. Nothing was initialised"});
  }
  for (const InitFile& file : files) {
    const auto programs = unpackers(file.kind);
    if (programs.empty() || !unpacker(file.kind, context.environment).empty()) continue;
    return std::unexpected(Failure{
        .exit_code = not_found,
        .message = file.path.string() + " needs " + programs.front().front() +
                   ", which is not in this image. Install it, or unpack the file. Nothing was "
                   "initialised"});
  }
  return {};
}

awaitable<Outcome<>> run_init_files(LongRun& run, const Context& context,
                                    std::vector<InitFile> files,
                                    std::filesystem::path socket_directory,
                                    std::vector<std::string> server_options) {
  const Environment environment = init_environment(context, socket_directory);
  if (std::ranges::none_of(files, is_sourced))
    co_return co_await run_without_shell(run, context, files, environment);
  co_return co_await run_in_bash(run, files, environment,
                                 init_library(socket_directory, server_options));
}

}  // namespace runtime
