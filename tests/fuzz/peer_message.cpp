#include "http/peer_message.hpp"

#include "fuzz.hpp"
#include "http/status_text.hpp"

/// What other pods say: a question, an answer, a status. What is understood is written as the same.
void fuzz(std::string_view bytes) {
  if (const auto request = http::parse_request(bytes))
    expect(http::parse_request(http::to_text(*request)) == *request);
  else
    expect_one_line(request.error());
  if (const auto response = http::parse_response(bytes))
    expect(http::parse_response(http::to_text(*response)) == *response);
  else
    expect_one_line(response.error());
  if (const auto status = http::parse_status(bytes))
    expect(http::parse_status(http::to_text(*status)).has_value());
  else
    expect_one_line(status.error());
}
