#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The text of PostgreSQL's configuration files: reading what others set, quoting, and our one
/// marked block.
namespace postgres {

/// PostgreSQL's settings by name (lower case), the last value of each.
using Parameters = std::map<std::string, std::string>;

/// A string value as postgresql.conf wants it: `'it''s'`.
[[nodiscard]] std::string quote_value(std::string_view value);

/// What one postgresql.conf sets by itself: no include is followed. Lines that PostgreSQL would
/// refuse are skipped.
[[nodiscard]] Parameters parameters_in(std::string_view text);

/// What the file and all it includes set. Our own include (layout::include_conf) is not followed. A
/// missing or unreadable file sets nothing: PostgreSQL itself complains about it.
[[nodiscard]] Parameters parameters_of(const std::filesystem::path& file);

/// What the arguments of `postgres` set (argv without the program's name): -c x=y, --x=y, -p, -h,
/// -k, -B, -N, -F, -i, -l, …
[[nodiscard]] Parameters parameters_on(const std::vector<std::string>& arguments);

enum class BlockPlace { top, bottom };

/// `text` with our marked block at this end set to `block` (lines; empty: the block is removed).
/// The two ends have marks of their own. Everything outside the marks stays byte by byte; a block
/// that is there is replaced where it stands.
[[nodiscard]] std::string with_block(std::string_view text, std::string_view block,
                                     BlockPlace place);

/// `16GB`, `128MB`, `8kB` or a bare number of `unit_bytes` each; nothing where it is not a size.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view value,
                                                      std::uint64_t unit_bytes);

}  // namespace postgres
