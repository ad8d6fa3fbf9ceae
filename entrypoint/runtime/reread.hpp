#pragma once

#include <string>
#include <vector>

namespace runtime {

/// What came of reading the settings again. Never holds a secret: names, and the mistakes' places.
struct Reread {
  std::vector<std::string> problems;  ///< with any of them nothing was taken over
  std::vector<std::string> taken_over;
  std::vector<std::string> for_postgres;  ///< [postgresql.parameters]
  std::vector<std::string> for_the_pod;   ///< take effect when the pod is restarted
};

}  // namespace runtime
