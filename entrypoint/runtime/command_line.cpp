#include "runtime/command_line.hpp"

#include <CLI/CLI.hpp>

namespace runtime {

std::optional<int> parse_arguments(std::string_view name, std::string_view about,
                                   const std::vector<std::string>& args, const Define& define) {
  CLI::App app(std::string(about), "pgordinal " + std::string(name));
  define(app);
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_error;
  }
  return {};
}

std::vector<std::string> options_of(const Define& define) {
  CLI::App app;
  define(app);
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

}  // namespace runtime
