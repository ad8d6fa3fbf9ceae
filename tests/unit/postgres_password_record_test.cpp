// What tells a Secret that changed from a role that was changed by hand.
#include "postgres/password_record.hpp"

namespace {

using Record = postgres::PasswordRecord;
using Known = Record::Known;
using Whose = Record::Whose;

const Record::Password superuser{.whose = Whose::superuser, .role = "my admin", .text = "geheim"};
const Record::Password replication{
    .whose = Whose::replication, .role = "replicator", .text = "other"};

Record::Password with(Record::Password password, std::string role, std::string text) {
  password.role = std::move(role);
  password.text = std::move(text);
  return password;
}

TEST(PasswordRecord, KnowsWhatItWasToldAlsoFromItsText) {
  Record made;
  EXPECT_EQ(made.knows(superuser), Known::never);
  made.remember(superuser, "0a");
  made.remember(replication, "0b");

  const Record record = Record::parse(made.text());

  EXPECT_EQ(record.knows(superuser), Known::same);
  EXPECT_EQ(record.knows(replication), Known::same);
  EXPECT_EQ(record.knows(with(superuser, "my admin", "geheim2")), Known::other);
  EXPECT_EQ(record.knows(with(replication, "replicator", "")), Known::other);
}

TEST(PasswordRecord, AnotherSuperuserIsSomebodyElsesAnotherReplicationRoleOurs) {
  Record record;
  record.remember(superuser, "0a");
  record.remember(replication, "0b");
  EXPECT_EQ(record.knows(with(superuser, "postgres", "geheim")), Known::never);
  EXPECT_EQ(record.knows(with(replication, "streamer", "other")), Known::other);
}

TEST(PasswordRecord, HoldsNoPasswordAndNoTwoHashesAlike) {
  Record one;
  Record two;
  one.remember(superuser, "0a");
  two.remember(superuser, "0b");
  EXPECT_THAT(one.text(), testing::Not(testing::HasSubstr("geheim")));
  EXPECT_NE(one.text().substr(one.text().find("0a") + 2),
            two.text().substr(two.text().find("0b") + 2));
}

TEST(PasswordRecord, LinesThatMakeNoSenseCountAsNotRecorded) {
  for (const char* text :
       {"", "\n", "superuser\n", "superuser 0a\n", "nobody 0a 0b x\n", "superuser 0a 0b"})
    EXPECT_EQ(Record::parse(text).knows(superuser), Known::never) << text;
}

}  // namespace
