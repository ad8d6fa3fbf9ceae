#include "kubernetes/error.hpp"

#include <array>

namespace kubernetes {

namespace {

constexpr std::array names = {
    std::string_view{"busy"},      std::string_view{"unreachable"},  std::string_view{"tls"},
    std::string_view{"no_answer"}, std::string_view{"unauthorized"}, std::string_view{"forbidden"},
    std::string_view{"not_found"}, std::string_view{"conflict"},     std::string_view{"gone"},
    std::string_view{"throttled"}, std::string_view{"server"},       std::string_view{"refused"},
    std::string_view{"malformed"}};
static_assert(names.size() == static_cast<std::size_t>(ErrorKind::count_));

}  // namespace

std::string_view name(ErrorKind kind) {
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace kubernetes
