#include "runtime/data_id.hpp"

#include <charconv>
#include <string>

#include "runtime/random.hpp"

namespace runtime {

core::elected::DataId fresh_data_id() {
  core::elected::DataId id;
  while (id.number == 0) {
    const std::string text = random_hex(sizeof id.number);
    std::from_chars(text.data(), text.data() + text.size(), id.number, 16);
  }
  return id;
}

}  // namespace runtime
