#include "runtime/init_listing.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstring>
#include <system_error>

#include "runtime/init_environment.hpp"

namespace runtime {
namespace {

namespace fs = std::filesystem;

/// Sorts as bash sorts what a pattern matches: by the locale, and by bytes where that sees no
/// difference. A locale that cannot be loaded (none in the image, or not of this program's C
/// library) is C.
void sort_by_locale(std::vector<std::string>& paths, const std::string& name) {
  std::ranges::sort(paths);
  const locale_t locale = ::newlocale(LC_COLLATE_MASK, name.c_str(), locale_t{});
  if (locale == locale_t{}) return;
  std::ranges::stable_sort(paths, [locale](const std::string& left, const std::string& right) {
    return ::strcoll_l(left.c_str(), right.c_str(), locale) < 0;
  });
  ::freelocale(locale);
}

bool is_executable(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

}  // namespace

InitKind kind_of(std::string_view name, bool executable) {
  if (name.ends_with(".sh")) return executable ? InitKind::execute : InitKind::source;
  if (name.ends_with(".sql")) return InitKind::sql;
  if (name.ends_with(".sql.gz")) return InitKind::sql_gz;
  if (name.ends_with(".sql.xz")) return InitKind::sql_xz;
  if (name.ends_with(".sql.zst")) return InitKind::sql_zst;
  return InitKind::ignore;
}

std::expected<std::vector<InitFile>, std::string> list_init_files(const fs::path& directory,
                                                                  const std::string& locale) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->path().filename().string().starts_with('.'))
      paths.push_back(entry->path().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return std::unexpected("cannot read " + directory.string() + ": " + error.message() +
                           ". Make it readable for uid " + std::to_string(::geteuid()) +
                           ", or do not mount it; nothing was initialised");
  }
  if (paths.empty())
    return std::vector{InitFile{.path = directory / "*", .kind = InitKind::ignore}};
  sort_by_locale(paths, locale);
  std::vector<InitFile> files;
  files.reserve(paths.size());
  for (const std::string& path : paths)
    files.push_back({.path = path, .kind = kind_of(path, is_executable(path))});
  return files;
}

std::string collation_locale(const std::vector<std::string>& environment) {
  for (const std::string_view name : {"LC_ALL", "LC_COLLATE", "LANG"}) {
    if (auto value = variable(environment, name); value && !value->empty()) return *value;
  }
  return "C";
}

}  // namespace runtime
