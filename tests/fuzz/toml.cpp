#include "config/given.hpp"
#include "fuzz.hpp"

/// pgordinal.toml, as anybody may have written it: read, or every mistake has its place.
void fuzz(std::string_view bytes) {
  config::GivenSettings settings;
  config::read_file_text("/etc/pgordinal/pgordinal.toml", bytes, settings);
  for (const config::Problem& problem : settings.problems())
    expect_one_line(config::to_text(problem));
}
