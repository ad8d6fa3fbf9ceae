#include "postgres/capacities.hpp"

namespace {

using core::directory::Capacities;
using postgres::capacities_of;

TEST(Capacities, WhatNobodySetIsPostgresqlsDefault) {
  EXPECT_EQ(capacities_of({}), (Capacities{100, 8, 10, 0, 64}));
}

TEST(Capacities, TheStrongestSourceCounts) {
  EXPECT_EQ(capacities_of({{{"max_connections", "50"}},
                           {{"max_connections", "70"}, {"max_prepared_transactions", "3"}},
                           {{"max_prepared_transactions", "9"}, {"max_wal_senders", "20"}}}),
            (Capacities{50, 8, 20, 3, 64}));
}

TEST(Capacities, WhatIsNoPlainNumberIsTakenAsTooSmall) {
  for (const char* text : {"0x64", "1e3", "100 ", "-1", "lots", "99999999999"})
    EXPECT_EQ(capacities_of({{{"max_connections", text}}}).at(0), 0U) << text;
}

TEST(Capacities, EachDifferenceIsNamed) {
  const Capacities has{100, 8, 10, 0, 64};
  EXPECT_EQ(postgres::shortfall(has, {150, 8, 10, 2, 10}),
            "max_connections 100, needed 150; max_prepared_transactions 0, needed 2");
  EXPECT_EQ(postgres::surplus(has, {150, 8, 10, 2, 10}),
            "max_locks_per_transaction 64, configured 10");
  EXPECT_EQ(postgres::shortfall(has, has), "");
}

}  // namespace
