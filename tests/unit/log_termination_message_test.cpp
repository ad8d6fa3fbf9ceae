#include <string>

#include <gtest/gtest.h>

#include "log/termination_message.hpp"

namespace {

TEST(TerminationMessage, IsTheMessageWhereTheKubeletReadsAllOfIt) {
  EXPECT_EQ(logs::termination_text("the volume is full"), "the volume is full");
  EXPECT_EQ(logs::termination_text(std::string(4096, 'x')).size(), 4096U);
}

TEST(TerminationMessage, EndsBehindAWholeCharacter) {
  const std::string message = std::string(4095, 'x') + "\u00fc and more";

  EXPECT_EQ(logs::termination_text(message), std::string(4095, 'x'));
}

}  // namespace
