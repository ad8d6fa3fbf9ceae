#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "core/reason.hpp"

namespace {

constexpr auto count = static_cast<std::size_t>(core::Reason::count_);

TEST(Reason, HasANameOfItsOwnThatALogCanBeSearchedFor) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name = core::to_text(static_cast<core::Reason>(i));
    EXPECT_TRUE(std::ranges::all_of(name, [](char c) {
      return c == '_' || (c >= 'a' && c <= 'z');
    })) << name;
    EXPECT_TRUE(names.insert(name).second) << name << " is there twice";
  }
}

TEST(Reason, IsCalledAsItsEnumeratorIs) {
  EXPECT_EQ(core::to_text(core::Reason::serving_primary), "serving_primary");
  EXPECT_EQ(core::to_text(core::Reason::asking_peers), "asking_peers");
  EXPECT_EQ(core::to_text(core::Reason::stop_asked), "stop_asked");
  EXPECT_EQ(core::to_text(core::Reason::refused_foreign_primary), "refused_foreign_primary");
}

}  // namespace
