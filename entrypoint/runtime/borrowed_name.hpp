#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/private_directory.hpp"

namespace runtime {

/// A name for a process whose uid has none in /etc/passwd (arbitrary UIDs): initdb and `postgres
/// --single` refuse to run without one. Uses nss_wrapper where the image has it, as the official
/// image's script does (contract clause 18), and only for the programs it is given to. Owns the
/// files that say so.
class BorrowedName {
 public:
  /// Does nothing where the uid has a name, or the image has no nss_wrapper: then the program
  /// itself complains.
  [[nodiscard]] static BorrowedName make(const std::filesystem::path& pgdata);

  void add_to(std::vector<std::string>& environment) const;

 private:
  std::optional<PrivateDirectory> files_;
  std::string library_;
};

}  // namespace runtime
