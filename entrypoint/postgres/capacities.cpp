#include "postgres/capacities.hpp"

#include <charconv>
#include <functional>

namespace postgres {
namespace {

template <class Order>
std::string differences(const core::directory::Capacities& has,
                        const core::directory::Capacities& other, Order order,
                        std::string_view what) {
  std::string text;
  for (std::size_t at = 0; at < capacities.size(); ++at) {
    if (!order(has.at(at), other.at(at))) continue;
    text.append(text.empty() ? "" : "; ").append(capacities.at(at).name).append(" ");
    text.append(std::to_string(has.at(at))).append(", ").append(what).append(" ");
    text.append(std::to_string(other.at(at)));
  }
  return text;
}

}  // namespace

std::uint32_t capacity(std::string_view text, const Capacity& of) {
  if (text.empty()) return of.unset;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  return error == std::errc() && end == text.end() ? number : 0;
}

core::directory::Capacities capacities_of(const std::vector<Parameters>& sources) {
  core::directory::Capacities values{};
  std::size_t at = 0;
  for (const Capacity& each : capacities) {
    std::string text;
    for (const Parameters& source : sources) {
      const auto found = source.find(std::string(each.name));
      if (found == source.end()) continue;
      text = found->second;
      break;
    }
    values.at(at++) = capacity(text, each);
  }
  return values;
}

std::string shortfall(const core::directory::Capacities& has,
                      const core::directory::Capacities& needed) {
  return differences(has, needed, std::less<>{}, "needed");
}

std::string surplus(const core::directory::Capacities& has,
                    const core::directory::Capacities& configured) {
  return differences(has, configured, std::greater<>{}, "configured");
}

}  // namespace postgres
