#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/init_listing.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// Whether the programs that these files need are in the image, asked before anything is made: bash
/// for a file that is to be sourced, the decompressors. The failure names file and remedy.
[[nodiscard]] Outcome<> check_init_files(const Context& context,
                                         const std::vector<InitFile>& files);

/// Runs them in their order against the temporary server; the first that fails ends it, with its
/// exit status. Without a file to be sourced no shell takes part; with one, a single bash runs the
/// whole sequence, so that variables carry over (contract clauses 43 to 49). `server_options`: of
/// the temporary server.
[[nodiscard]] boost::asio::awaitable<Outcome<>> run_init_files(
    LongRun& run, const Context& context, std::vector<InitFile> files,
    std::filesystem::path socket_directory, std::vector<std::string> server_options);

}  // namespace runtime
