#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "postgres/problem.hpp"

/// Small files, written so that a power cut leaves the old or the new text and nothing else.
namespace postgres {

/// The whole file; nothing where there is none. Other failures (EACCES, a directory, over 16 MiB)
/// are a Problem.
[[nodiscard]] std::expected<std::optional<std::string>, Problem> read_file(
    const std::filesystem::path& path);

/// Temporary file beside it, fsync, rename, fsync of the directory. True when written, false when
/// the file had this text and mode already: then nothing is touched.
std::expected<bool, Problem> write_file_atomically(const std::filesystem::path& path,
                                                   std::string_view text, mode_t mode);

/// Rewrites a file of the user's with what `edit` makes of its text (nothing, where there is no
/// such file). Its mode stays; a symbolic link stays one, and the file that it leads to is
/// rewritten. True when the text changed. A file that is mounted into PGDATA cannot be renamed
/// over: that Problem is the caller's cue to go without (generated main file).
std::expected<bool, Problem> edit_file(const std::filesystem::path& path,
                                       const std::function<std::string(std::string_view)>& edit);

/// unlink and fsync of the directory. True when there was one.
std::expected<bool, Problem> remove_file(const std::filesystem::path& path);

std::expected<void, Problem> sync_directory(const std::filesystem::path& path);
std::expected<void, Problem> sync_file(const std::filesystem::path& path);

/// Size of the file system that holds `path`, in bytes (statvfs f_blocks); 0 where it cannot be
/// told.
[[nodiscard]] std::uint64_t volume_size(const std::filesystem::path& path);

}  // namespace postgres
