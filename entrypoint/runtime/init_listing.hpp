#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// /docker-entrypoint-initdb.d: what is in it, in which order, and what becomes of each file
/// (contract clauses 43, 44).
namespace runtime {

inline constexpr std::string_view init_directory = "/docker-entrypoint-initdb.d";

enum class InitKind : std::uint8_t {
  execute,  ///< *.sh with the executable bit
  source,   ///< *.sh without it: read into a shell
  sql,
  sql_gz,
  sql_xz,
  sql_zst,
  ignore,
};

struct InitFile {
  std::filesystem::path path;
  InitKind kind = InitKind::ignore;
  bool operator==(const InitFile&) const = default;
};

/// By the end of the name, case-sensitively; `executable`: access(X_OK) says yes, as it does for a
/// directory.
[[nodiscard]] InitKind kind_of(std::string_view name, bool executable);

/// The entries that a shell's `DIRECTORY/*` gives: none that begin with a dot, in the order of the
/// locale. As there, an empty directory gives the pattern itself; so does a missing one. The error
/// is a directory that cannot be read.
[[nodiscard]] std::expected<std::vector<InitFile>, std::string> list_init_files(
    const std::filesystem::path& directory, const std::string& locale);

/// The locale that orders names: LC_ALL, LC_COLLATE, LANG, the first that is not empty; else C.
[[nodiscard]] std::string collation_locale(const std::vector<std::string>& environment);

}  // namespace runtime
