#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/lsn.hpp"

/// The files of pg_wal.
namespace postgres {

struct Segment {
  core::Timeline timeline{};
  core::Lsn begin{};
};
/// Of a name, where segments have `size` bytes (XLogFromFileName, xlog_internal.h).
[[nodiscard]] std::optional<Segment> parse_segment(std::string_view name, std::uint64_t size);
/// Any segment's among these names: they all have one size. 0 where there is none.
[[nodiscard]] std::uint64_t segment_size(const std::filesystem::path& wal,
                                         const std::vector<std::string>& names);

}  // namespace postgres
