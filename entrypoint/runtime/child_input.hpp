#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "postgres/descriptor.hpp"

/// What a child's standard descriptors are connected to.
namespace runtime {

/// A file without a name that holds `text`, to be read from its beginning: how a child gets a
/// secret as its standard input, in no argument, no environment and on no disk (K1). Empty it takes
/// what a child writes, and never fills up.
[[nodiscard]] std::expected<postgres::Descriptor, std::string> memory_file(
    std::string_view text = {});

struct Pipe {
  postgres::Descriptor read;
  postgres::Descriptor write;
};
[[nodiscard]] std::expected<Pipe, std::string> make_pipe();

/// All that is in a memory file.
[[nodiscard]] std::string text_of(const postgres::Descriptor& memory_file);

}  // namespace runtime
