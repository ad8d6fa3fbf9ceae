#include "postgres/listing.hpp"

#include <algorithm>
#include <system_error>

namespace postgres {

std::expected<std::vector<std::string>, Problem> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  if (error) return std::unexpected(file_problem("list", directory, error.value()));
  std::ranges::sort(names);
  return names;
}

}  // namespace postgres
