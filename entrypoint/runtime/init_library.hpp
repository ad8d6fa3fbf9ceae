#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace runtime {

/// `$0` of init files and the prefix of the lines about them: tools look for it (contract clause
/// 45).
inline constexpr std::string_view script_name = "/usr/local/bin/docker-entrypoint.sh";

/// The program of the one bash that runs the init files where one of them is to be sourced: `bash
/// -c THIS script_name FILE…`. It has the functions and variables that the official image's script
/// offers to sourced files (clauses 47, 53). Its descriptor 0 must be one to write to: the library
/// writes `file PATH` there before each file, and `done` after the last, so that a sourced `exit 0`
/// is told apart from the end. `server_options`: the arguments of the temporary server, for
/// docker_temp_server_start.
[[nodiscard]] std::string init_library(const std::filesystem::path& socket_directory,
                                       const std::vector<std::string>& server_options);

/// `'it'\''s'`: one word for any shell.
[[nodiscard]] std::string shell_word(std::string_view text);

/// What the library wrote: the file that it came to last, and whether it got through.
struct InitReport {
  std::string last_file;
  bool done = false;
};
[[nodiscard]] InitReport parse_init_report(std::string_view text);

}  // namespace runtime
