#include "core/facts.hpp"

namespace core::peer {

bool holds_cluster(const Answer& answer) {
  return std::holds_alternative<Serves>(answer) || std::holds_alternative<Refusal>(answer);
}

}  // namespace core::peer
