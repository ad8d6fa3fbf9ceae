#pragma once

#include <string>

#include "postgres/generated_conf.hpp"
#include "postgres/peer.hpp"
#include "runtime/long_run.hpp"

namespace runtime {

/// The member that is copied.
struct Source {
  std::string name;
  postgres::Upstream upstream;
  postgres::Login login;
};
[[nodiscard]] Source source_of(const Context& context, core::Ordinal whom);

[[nodiscard]] Failure cannot_clone(const Source& source, const std::string& why);
/// Whether it can be copied, and what is in the way otherwise.
[[nodiscard]] Outcome<> judge_answer(const Context& context, const Source& source,
                                     const postgres::PeerAnswer& answer);

}  // namespace runtime
