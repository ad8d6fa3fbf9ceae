#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/elected/facts.hpp"
#include "postgres/problem.hpp"

/// PGDATA/pgordinal.member: what this volume knows of itself in elected mode. It stays through a
/// discard, a bootstrap, a clone and a rewind; a copy's own one is never taken over.
namespace postgres {

struct MemberFile {
  std::string pod = {};  ///< whose volume it is
  std::optional<core::elected::DataId> data =
      {};                         ///< nothing: empty, or a clone or rewind is unfinished (R4)
  std::uint32_t transitions = 0;  ///< the highest count ever seen (R6)
  core::Timeline claimed = {};    ///< the highest number ever seen claimed (R29)
  std::optional<core::elected::Withdrawal> withdrawn = {};  ///< R26
  bool operator==(const MemberFile&) const = default;
};

[[nodiscard]] std::string to_text(const MemberFile& member);
[[nodiscard]] std::expected<MemberFile, std::string> parse_member_file(std::string_view text);

/// The file as it is; nothing where there is none.
[[nodiscard]] std::expected<std::optional<MemberFile>, Problem> read_member_file(
    const std::filesystem::path& pgdata);
/// What it says of `pod`. One that names another pod came along with a copy of its volume: that
/// copy is not the listed one and nobody withdrew it, but what it saw was seen. Without a file:
/// nothing is known.
[[nodiscard]] std::expected<MemberFile, Problem> member_of(const std::filesystem::path& pgdata,
                                                           const core::PodName& pod);
/// Atomically, mode 0600, synced. PGDATA must be there.
std::expected<void, Problem> write_member_file(const std::filesystem::path& pgdata,
                                               const MemberFile& member);

/// The two ends of everything that changes the data by other means than WAL (R4): before the first
/// of it the copy has no id any more, behind the last of it a new one. With the old copy a
/// withdrawal ends as well: the new one is on no list.
std::expected<void, Problem> drop_data_id(const std::filesystem::path& pgdata,
                                          const core::PodName& pod);
std::expected<void, Problem> give_data_id(const std::filesystem::path& pgdata,
                                          const core::PodName& pod, core::elected::DataId fresh);

}  // namespace postgres
