#include <gtest/gtest.h>

#include "http/peer_auth.hpp"

namespace {

using http::Asked;
using http::prove_request;
using http::prove_response;

const std::string key(32, 'k');
const Asked asked{.challenge = "c",
                  .nonce = "n",
                  .method = "POST",
                  .target = "/peer",
                  .pod = "pg-1",
                  .body = "{}"};

// Computed apart from the program, with Python's hmac module:
// hmac.new(b"k"*32, b"24:pgordinal peer request 11:c1:n4:POST5:/peer4:pg-12:{}",
// "sha256").hexdigest()
TEST(HttpAuth, AProofIsTheHmacOfAllParts) {
  EXPECT_EQ(prove_request(key, asked),
            "dabbd0e23bee52e2d00ce055a600c9e5f73b810dac504055cc2766f8d45cd582");
}

TEST(HttpAuth, EachPartCounts) {
  const std::string proof = prove_request(key, asked);
  for (const auto part : {&Asked::challenge, &Asked::nonce, &Asked::method, &Asked::target,
                          &Asked::pod, &Asked::body}) {
    Asked other = asked;
    other.*part += 'x';
    EXPECT_NE(prove_request(key, other), proof);
    EXPECT_NE(prove_response(key, other, 200, "b"), prove_response(key, asked, 200, "b"));
  }
  EXPECT_NE(prove_response(key, asked, 201, "b"), prove_response(key, asked, 200, "b"));
  EXPECT_NE(prove_response(key, asked, 200, "c"), prove_response(key, asked, 200, "b"));
  EXPECT_NE(prove_request(std::string(32, 'l'), asked), proof);
}

TEST(HttpAuth, TheBorderBetweenTwoPartsCounts) {
  Asked one = asked;
  one.challenge = "12";
  one.nonce = "3";
  Asked other = asked;
  other.challenge = "1";
  other.nonce = "23";
  EXPECT_NE(prove_request(key, one), prove_request(key, other));
}

TEST(HttpAuth, AFormerKeyIsFoundAndAStrangersIsNot) {
  const std::string former(32, 'f');
  const http::Keys keys{.current = key, .former = {former}};
  EXPECT_EQ(key_of(keys, asked, prove_request(key, asked)), key);
  EXPECT_EQ(key_of(keys, asked, prove_request(former, asked)), former);
  EXPECT_EQ(key_of(keys, asked, prove_request(std::string(32, 'x'), asked)), std::nullopt);
  EXPECT_EQ(key_of(keys, asked, ""), std::nullopt);
}

TEST(HttpAuth, AKeyThatCanBeGuessedIsNone) {
  for (const std::string& weak : {std::string{}, std::string(15, 'k')}) {
    EXPECT_EQ(key_of({.current = weak, .former = {weak}}, asked, prove_request(weak, asked)),
              std::nullopt);
  }
}

TEST(HttpAuth, OnlyTheSameProofIsTheSame) {
  EXPECT_TRUE(http::same_proof("ab", "ab"));
  EXPECT_FALSE(http::same_proof("ab", "ac"));
  EXPECT_FALSE(http::same_proof("ab", "a"));
  EXPECT_FALSE(http::same_proof("", ""));
}

}  // namespace
