#include "log/log.hpp"

#include <memory>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "log/line.hpp"

namespace logs {
namespace {

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// The process's one log. spdlog adds the time, in UTC, and writes; what a line says is line.cpp's.
class Output {
 public:
  Output() : logger_("pgordinal", std::make_shared<spdlog::sinks::stderr_sink_st>()) {
    set_up({}, {});
  }

  void set_up(const core::LogSettings& settings, std::string_view pod) {
    format_ = settings.format;
    pod_ = pod;
    logger_.set_level(level_of(settings.level));
    const char* pattern = format_ == core::LogFormat::json ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ",%v})"
                                                           : "%Y-%m-%dT%H:%M:%S.%eZ %v";
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        pattern, spdlog::pattern_time_type::utc, std::string("\n")));
  }

  void write(Line line) {
    if (!logger_.should_log(level_of(line.level))) return;
    line.pod = pod_;
    const std::string written = format_ == core::LogFormat::json ? json(line) : text(line);
    logger_.log(level_of(line.level), spdlog::string_view_t(written.data(), written.size()));
  }

 private:
  spdlog::logger logger_;
  core::LogFormat format_ = core::LogFormat::text;
  std::string pod_;
};

Output& output() {
  static Output the_output;
  return the_output;
}

}  // namespace

void set_up(const core::LogSettings& settings, std::string_view pod) {
  output().set_up(settings, pod);
}

void event(Level level, std::string_view name, std::initializer_list<Field> fields,
           std::string_view message) {
  output().write({.level = level, .pod = {}, .event = name, .message = message, .fields = fields});
}

}  // namespace logs
