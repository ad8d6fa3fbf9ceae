#include <array>
#include <chrono>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "config/reading.hpp"

namespace config {
namespace {

/// The password that was given, by variable or file; empty: none, or a problem was added.
struct GivenPassword {
  std::string text;
  std::string origin;
  bool known = true;
};

GivenPassword given_password(Reading& reading) {
  const Given* text = reading.given.find(Id::replication_password);
  const Given* file = reading.given.find(Id::replication_password_file);
  if (text != nullptr && file != nullptr && !file->place.variable.empty()) {
    reading.given.mistake(problem_at({}, {}, {}, {},
                                     "both " + text->place.variable + " and " +
                                         file->place.variable + " are set (but are exclusive)"));
    return {.text = {}, .origin = {}, .known = false};
  }
  if (text != nullptr) return {.text = text->value.text, .origin = to_text(text->place)};
  if (file == nullptr)
    return {.text = {}, .origin = {}, .known = reading.given.known(Id::replication_password_file)};
  const std::string name = full_name(key(Id::replication_password_file));
  const auto content = read_secret(reading, file->value.text, file->place, name);
  if (!content) return {.text = {}, .origin = {}, .known = false};
  if (content->empty()) {
    reading.given.mistake(problem_at(file->place, name,
                                     "an empty file " + in_quotes(file->value.text), "a password"));
    return {.text = {}, .origin = {}, .known = false};
  }
  return {.text = *content, .origin = "file " + file->value.text};
}

/// A password file of libpq has one line for each.
bool is_one_line(std::string_view password) {
  return password.find_first_of("\r\n") == std::string_view::npos;
}

void no_password(Reading& reading) {
  constexpr std::string_view what = "a cluster with standbys and no password for replication";
  constexpr std::string_view remedy =
      "set POSTGRES_PASSWORD (or POSTGRES_PASSWORD_FILE), the same on all members, or "
      "PGORDINAL_REPLICATION_PASSWORD "
      "(or replication.password_file); a volume that holds a cluster needs it too";
  if (reading.input.only_check) {
    reading.loaded.notes.push_back("Here there is " + std::string(what) + "; for a start, " +
                                   std::string(remedy) + ".");
  } else {
    reading.given.mistake(problem_at({}, {}, std::string(what), {}, std::string(remedy)));
  }
}

void read_password(Reading& reading) {
  core::ReplicationSettings& replication = reading.loaded.settings.replication;
  const GivenPassword given = given_password(reading);
  const bool has_members = core::has_members(reading.loaded.settings.cluster.mode);
  if (!given.text.empty()) {
    replication.password = given.text;
    reading.derive(Id::replication_password, "***", given.origin);
    if (!is_one_line(given.text))
      reading.given.mistake(problem_at({}, full_name(key(Id::replication_password)),
                                       "a line break inside", "a password of one line",
                                       "it came from " + given.origin));
    return;
  }
  if (!given.known || !reading.superuser_password_known || !has_members) return;
  const std::string& superuser = reading.loaded.settings.official.password;
  if (superuser.empty()) return no_password(reading);
  replication.password = derived_password(superuser, replication.user);
  reading.derive(Id::replication_password, "***", "derived from POSTGRES_PASSWORD");
}

void check_roles(Reading& reading) {
  if (!core::has_members(reading.loaded.settings.cluster.mode)) return;
  const std::string& superuser = reading.loaded.settings.official.user;
  if (superuser == "pgordinal")
    reading.given.mistake(problem_at(
        {.file = {}, .line = 0, .column = 0, .variable = "POSTGRES_USER"}, {}, in_quotes(superuser),
        "another name", "pgordinal is the role of PID 1's own session"));
  if (!reading.given.known(Id::replication_user) ||
      superuser != reading.loaded.settings.replication.user)
    return;
  const Given* user = reading.given.find(Id::replication_user);
  reading.given.mistake(problem_at(user != nullptr ? user->place : Place{},
                                   full_name(key(Id::replication_user)), in_quotes(superuser),
                                   "another role than the superuser (POSTGRES_USER)",
                                   "the replication role may do nothing but replicate"));
}

core::SlotWalLimit slot_wal_limit(Reading& reading) {
  const Given* ours = reading.given.find(Id::replication_max_slot_wal_keep_size);
  const auto theirs = reading.given.parameters().find("max_slot_wal_keep_size");
  if (ours != nullptr && theirs != reading.given.parameters().end())
    reading.given.mistake(
        problem_at(ours->place, full_name(key(Id::replication_max_slot_wal_keep_size)),
                   in_quotes(ours->value.text), {},
                   "max_slot_wal_keep_size is in [postgresql.parameters] too; remove one of both"));
  const std::int64_t bytes = reading.given.value(Id::replication_max_slot_wal_keep_size).number;
  if (bytes < 0) return {};
  return {.bytes = static_cast<std::uint64_t>(bytes)};
}

}  // namespace

namespace {

/// hex(HMAC-SHA256(key = secret, message)).
std::string derived(std::string_view secret, const std::string& message) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
       &size);
  std::string text;
  for (const unsigned char byte : std::span(digest).first(size))
    text += {hexadecimal[byte >> 4], hexadecimal[byte & 0xf]};
  return text;
}

}  // namespace

std::string derived_password(std::string_view superuser_password, std::string_view role) {
  return derived(superuser_password, "pgordinal replication " + std::string(role));
}

void read_replication(Reading& reading) {
  core::ReplicationSettings& replication = reading.loaded.settings.replication;
  const GivenSettings& given = reading.given;
  replication.user = given.value(Id::replication_user).text;
  replication.allow = given.value(Id::replication_allow).list;
  replication.hot_standby = given.value(Id::replication_hot_standby).number != 0;
  replication.max_slot_wal_keep_size = slot_wal_limit(reading);
  replication.slot_retention =
      std::chrono::milliseconds(given.value(Id::replication_slot_retention).number);
  const std::int64_t rate = given.value(Id::replication_clone_max_rate).number;
  replication.clone_max_rate_kib = rate < 0 ? 0 : static_cast<std::uint32_t>(rate / 1024);
  read_password(reading);
  if (!replication.password.empty())
    reading.loaded.settings.elected.peer_keys = {
        derived(replication.password, "pgordinal members")};
  check_roles(reading);
}

}  // namespace config
