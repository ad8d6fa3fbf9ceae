#pragma once

#include "config/files_in_use.hpp"
#include "runtime/reread.hpp"

namespace runtime {

/// The settings as they hold in this process, and where to read them again. Owned by serve() for as
/// long as the process lives; everybody else reads settings() through the Context. Only a reload
/// changes them.
class SettingsInUse {
 public:
  /// `files`: through which `input` reads.
  SettingsInUse(config::Input input, config::FilesInUse& files, config::Loaded loaded);

  [[nodiscard]] const core::Settings& settings() const { return loaded_.settings; }
  void leave_after_bootstrap() { loaded_.settings.bootstrap_only = true; }

  /// Reads file and secrets again and takes over what may change while the server runs; the log
  /// says what did, and what waits for a restart. With any mistake in them everything stays as it
  /// is, and the log has every mistake. The environment is the one of the start: a process cannot
  /// be given another.
  void reread();
  [[nodiscard]] const Reread& last() const { return last_; }  ///< what came of the last reread()
  [[nodiscard]] std::vector<std::string> changed_files() const { return files_.changed(); }
  /// `work_mem from /etc/pgordinal/pgordinal.toml:2, …`
  [[nodiscard]] std::string parameter_origins() const;

 private:
  config::Input input_;
  config::FilesInUse& files_;
  config::Loaded loaded_;
  Reread last_;
};

}  // namespace runtime
