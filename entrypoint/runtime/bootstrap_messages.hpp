#pragma once

#include <string>
#include <string_view>

/// The bootstrap's words to people, in the forms that those who know the official image look for
/// (contract section 1).
namespace runtime {

/// Clause 29: no password, and nobody said that none is wanted.
[[nodiscard]] std::string password_missing();
/// Clause 30.
[[nodiscard]] std::string trust_warning();
/// The last words of a bootstrap that succeeded.
inline constexpr std::string_view init_complete =
    "\nPostgreSQL init process complete; ready for start up.\n\n";

}  // namespace runtime
