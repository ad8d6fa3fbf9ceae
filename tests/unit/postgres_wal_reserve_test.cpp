#include <unistd.h>

#include <fstream>

#include <gtest/gtest.h>

#include "postgres/layout.hpp"
#include "postgres/wal_reserve.hpp"

// The file that keeps room on the volume of pg_wal.
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mb = std::uint64_t{1} << 20U;

class WalReserve : public testing::Test {
 protected:
  WalReserve() { fs::create_directories(pgdata / "pg_wal"); }
  ~WalReserve() override { fs::remove_all(pgdata); }

  [[nodiscard]] std::optional<std::uint64_t> reserve() const {
    const auto volume = postgres::wal_volume(pgdata);
    EXPECT_TRUE(volume);
    return volume ? volume->reserve : std::nullopt;
  }
  [[nodiscard]] fs::path file() const {
    return postgres::layout::in(pgdata, postgres::layout::wal_reserve);
  }

  // Of this process alone.
  const fs::path pgdata = fs::temp_directory_path() / ("wal_reserve." + std::to_string(::getpid()));
};

TEST_F(WalReserve, TakesRoomUntilItIsGivenUpAndIsThenKnownToHaveBeen) {
  EXPECT_EQ(reserve(), std::nullopt);
  ASSERT_TRUE(postgres::make_reserve(pgdata, 2 * mb));
  EXPECT_EQ(reserve(), 2 * mb);
  ASSERT_TRUE(postgres::release_reserve(pgdata));
  EXPECT_EQ(reserve(), 0U);
  EXPECT_TRUE(fs::exists(file()));
  ASSERT_TRUE(postgres::make_reserve(pgdata, 3 * mb)) << "again, over what a killed call left";
  EXPECT_EQ(reserve(), 3 * mb);
}

TEST_F(WalReserve, OneThatDoesNotFitLeavesNothingBehind) {
  const auto space = fs::space(pgdata);
  const auto made = postgres::make_reserve(pgdata, space.capacity * 2);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().what.find(file().string()), std::string::npos) << made.error().what;
  EXPECT_TRUE(fs::is_empty(pgdata / "pg_wal"));
}

TEST_F(WalReserve, AFileThatTakesNoRoomIsNone) {
  std::ofstream(file()).put('x');
  fs::resize_file(file(), 8 * mb);
  EXPECT_EQ(reserve(), std::nullopt);
}

TEST_F(WalReserve, WithoutPgWalNothingIsKnown) {
  fs::remove_all(pgdata / "pg_wal");
  EXPECT_FALSE(postgres::wal_volume(pgdata));
  EXPECT_FALSE(postgres::release_reserve(pgdata));
}

}  // namespace
