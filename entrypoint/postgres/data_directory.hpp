#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "core/directory.hpp"
#include "postgres/bootstrap_marker.hpp"
#include "postgres/problem.hpp"

namespace postgres {

/// What PGDATA holds. Reads only. A clone that was killed in phase adopting is Unfinished here; the
/// runtime then calls adopt_staged and remove_marker instead of discard.
[[nodiscard]] core::directory::Content inspect(const std::filesystem::path& pgdata);

[[nodiscard]] std::filesystem::path staging_directory(const std::filesystem::path& pgdata);

/// Removes everything that an unfinished bootstrap left: PGDATA's entries but what is the volume's,
/// its tablespaces' PG_<major>_* directories and the content of the recorded waldir; the marker as
/// the last. Refuses without a marker, and whenever inspect() does not say Unfinished (S5). Follows
/// no other symbolic link. Blocks for as long as the unlinks take.
std::expected<void, Problem> discard(const std::filesystem::path& pgdata);

/// Renames the entries of the staging directory into PGDATA, PG_VERSION last, and removes it.
/// Repeatable after a kill at any point. Of a clone's `pgordinal.*` only the key is taken: the
/// others belong to the member it was copied from. The marker must be in phase adopting.
std::expected<void, Problem> adopt_staged(const std::filesystem::path& pgdata);

/// A clone in place of a copy. Whether everything of it can be moved within PGDATA: no tablespaces,
/// which would have to lie where the old ones do, and nothing mounted into it.
[[nodiscard]] bool can_be_replaced(const std::filesystem::path& pgdata);
/// The clone did not end: removes what there is of it and the marker, and the old copy is as it
/// was. The marker must be in phase beside.
std::expected<void, Problem> drop_beside(const std::filesystem::path& pgdata);
/// The clone is complete: the old copy makes way for it and is removed, and so is the marker, which
/// must be in phase replacing or adopting. Repeatable after a kill at any point.
std::expected<void, Problem> finish_staged(const std::filesystem::path& pgdata);

/// Makes standby.signal be there or not be there, durably; recovery.signal goes away when a standby
/// is wanted.
std::expected<void, Problem> set_standby_signal(const std::filesystem::path& pgdata, bool present);
/// The same for pgordinal.promote (core::directory::Cluster::promote_pending).
std::expected<void, Problem> set_promote_pending(const std::filesystem::path& pgdata, bool present);

}  // namespace postgres
