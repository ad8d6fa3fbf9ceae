#include "postgres/wal_on_disk.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>

#include "postgres/listing.hpp"
#include "postgres/segments.hpp"

namespace postgres {
namespace {

namespace fs = std::filesystem;

// struct XLogPageHeaderData of src/include/access/xlog_internal.h, the same in 13 to 18.
constexpr std::size_t at_timeline = 4;
constexpr std::size_t at_page_address = 8;
constexpr std::size_t header_size = 16;  // as far as it is read
// struct XLogLongPageHeaderData, a file's first page.
constexpr std::size_t at_block_size = 36;
constexpr std::size_t long_header_size = 40;

template <class Number>
Number number_at(const char* bytes, std::size_t offset) {
  Number number{};
  std::memcpy(&number, bytes + offset, sizeof number);
  return number;
}

struct Pages {
  core::Timeline timeline{};
  std::uint64_t block = 0;    ///< bytes of a page
  std::uint64_t written = 0;  ///< bytes, from the file's begin on
};

/// Whether a page of that file is what its place says. The first pages of a timeline are copies of
/// its ancestor's.
bool belongs(const char* header, const Segment& segment, std::uint64_t offset) {
  return number_at<std::uint16_t>(header, 0) != 0 &&
         number_at<std::uint32_t>(header, at_timeline) <= segment.timeline.number &&
         number_at<std::uint64_t>(header, at_page_address) == segment.begin.bytes + offset;
}

/// The pages of a file that were written, without a gap. WAL is written in its order, so the last
/// one is found by halving.
Pages pages_of(const fs::path& file, const Segment& segment, std::uint64_t size) {
  Pages pages{.timeline = segment.timeline};
  std::ifstream stream(file, std::ios::binary);
  std::array<char, long_header_size> first{};
  if (!stream.read(first.data(), first.size()) || !belongs(first.data(), segment, 0)) return pages;
  pages.block = number_at<std::uint32_t>(first.data(), at_block_size);
  if (pages.block < long_header_size || size % pages.block != 0) return pages;
  const auto is_written = [&](std::uint64_t page) {
    std::array<char, header_size> header{};
    stream.clear();
    stream.seekg(static_cast<std::streamoff>(page * pages.block));
    return stream.read(header.data(), header.size()) &&
           belongs(header.data(), segment, page * pages.block);
  };
  std::uint64_t written = 1;
  std::uint64_t all = size / pages.block;
  if (is_written(all - 1)) written = all;  // as most are
  while (written < all) {
    const std::uint64_t page = written + (all - written) / 2;
    if (is_written(page)) {
      written = page + 1;
    } else {
      all = page;
    }
  }
  pages.written = written * pages.block;
  return pages;
}

}  // namespace

std::expected<WalOnDisk, Problem> read_wal_on_disk(const fs::path& pgdata,
                                                   const core::directory::ControlData& control) {
  const fs::path wal = pgdata / "pg_wal";
  const auto names = names_in(wal);
  if (!names) return std::unexpected(names.error());
  const std::uint64_t size = segment_size(wal, *names);
  WalOnDisk found{.timeline = control.timeline,
                  .last_page = std::max(control.checkpoint, control.min_recovery),
                  .end = std::max(control.checkpoint, control.min_recovery),
                  .needs = control.checkpoint};
  if (size == 0) return found;
  std::map<std::uint64_t, Pages> segments;  // by where they begin, the longest of each
  for (const std::string& name : *names) {
    const auto segment = parse_segment(name, size);
    if (!segment || segment->begin.bytes + size <= control.checkpoint.bytes) continue;
    const Pages pages = pages_of(wal / name, *segment, size);
    if (pages.written == 0) continue;
    found.timeline = std::max(found.timeline, pages.timeline);
    Pages& longest = segments[segment->begin.bytes];
    if (pages.written > longest.written) longest = pages;
  }
  for (const auto& [begin, pages] : segments) {
    const std::uint64_t end = begin + pages.written;
    found.end.bytes = std::max(found.end.bytes, end);
    found.last_page.bytes = std::max(found.last_page.bytes, end - pages.block);
  }
  // A file is complete also where pg_switch_wal() left its rest empty, and the next one is there.
  const auto complete = [&](std::uint64_t begin) {
    const auto at = segments.find(begin);
    return at != segments.end() && (at->second.written == size || segments.contains(begin + size));
  };
  found.needs.bytes -= found.needs.bytes % size;
  while (complete(found.needs.bytes))
    found.needs.bytes += size;
  return found;
}

}  // namespace postgres
