#include "build_version.hpp"

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

TEST(BuildVersion, HasThreeNumbers) {
  const std::string_view version = BUILD_VERSION;

  EXPECT_EQ(std::ranges::count(version, '.'), 2);
  EXPECT_EQ(version.find_first_not_of("0123456789."), std::string_view::npos);
}
