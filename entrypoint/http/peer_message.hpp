#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/elected/facts.hpp"

/// What pods say to each other, and its text: one JSON object. Members that a reader does not know
/// are ignored, so that an older and a newer program understand each other during an update.
namespace http {

/// Which copy of the data are you, and do you stream now?
struct Identify {
  bool operator==(const Identify&) const = default;
};
/// An operator's command that was given to another pod than the one that has to act on it.
struct Relay {
  core::elected::Command command{};
  bool operator==(const Relay&) const = default;
};

/// What do you show of yourself? For `pgordinal status`.
struct Show {
  bool operator==(const Show&) const = default;
};

struct Request {
  core::PodName from{};
  core::PodName to_pod{};
  core::elected::DataId to{};  ///< answered only by that copy of the data; 0: by any
  std::uint64_t round = 0;     ///< the asker's number
  std::variant<core::elected::question::Where, core::elected::question::Promise,
               core::elected::question::Withdraw, Identify, Relay, Show>
      what{};
  bool operator==(const Request&) const = default;
};

struct Identity {
  bool streams = false;                    ///< its WAL receiver streams
  std::optional<core::PodName> follows{};  ///< whom it is set to follow
  std::optional<core::Lsn> flushed{};      ///< up to here it has WAL; an older program does not say
  bool operator==(const Identity&) const = default;
};
/// What became of a command.
struct Said {
  bool accepted = false;
  std::string text{};  ///< for people: what happens now, or why not and what to do
  /// Accepted, and still being carried out: only in answers on the private socket.
  bool goes_on = false;
  bool operator==(const Said&) const = default;
};

/// The text of `/status`.
struct Shown {
  std::string text{};
  bool operator==(const Shown&) const = default;
};

struct Response {
  core::elected::Member from{};
  std::uint64_t round = 0;  ///< of the request
  std::variant<core::elected::answer::Here, core::elected::answer::Yes, core::elected::answer::No,
               Identity, Said, Shown>
      what{};
  bool operator==(const Response&) const = default;
};

[[nodiscard]] std::string to_text(const Request& request);
[[nodiscard]] std::string to_text(const Response& response);

/// The error is one line that says what is wrong with the text.
[[nodiscard]] std::expected<Request, std::string> parse_request(std::string_view text);
[[nodiscard]] std::expected<Response, std::string> parse_response(std::string_view text);

}  // namespace http
