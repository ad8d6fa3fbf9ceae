#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "core/facts.hpp"

/// Real PostgreSQL for tests of postgres/: what is installed here, and in build/roots/ (with
/// chroot).
namespace real {

struct Installation {
  std::filesystem::path root;  ///< empty: this machine
  std::filesystem::path bin;   ///< inside the root
  int major = 0;
  uid_t user = 0;  ///< whom PostgreSQL runs as
};
inline void PrintTo(const Installation& each, std::ostream* out) {
  *out << each.major;
}
std::vector<Installation> installations();
/// The first of this machine, without a root.
std::optional<Installation> installed_here();

/// A directory that PostgreSQL's user owns, removed at the end; in memory where there is room. In a
/// root that is a mount, and so is its /proc, which only this process and its children see.
class Directory {
 public:
  explicit Directory(const Installation& installation);
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory();
  [[nodiscard]] const std::filesystem::path& outside() const {
    return outside_;
  }  ///< as the test sees it
  [[nodiscard]] std::filesystem::path inside() const;  ///< as PostgreSQL sees it

 private:
  std::filesystem::path root_;
  std::filesystem::path outside_;
  bool mounted_ = false;
};

struct Finished {
  int status = -1;     ///< exit code, or 128 + signal
  std::string output;  ///< both streams
};
/// This process from now on: PostgreSQL's user in the installation's root, for good. False: it
/// cannot.
bool enter(const Installation& installation);
/// A process and all that it started, as the end of PID 1 takes its container along.
void kill_tree(pid_t pid);

using Arguments = std::vector<std::string>;
/// argv[0] is a program of the installation; runs as PostgreSQL's user.
Finished run(const Installation& installation, const Arguments& arguments,
             const std::string& input = {});
/// initdb without sync, superuser `postgres`.
Finished initdb(const Installation& installation, const std::filesystem::path& pgdata,
                const Arguments& more = {});

/// A server from start to the end of the scope (immediate shutdown). `pgdata` is outside the root,
/// `arguments` inside.
class Server {
 public:
  Server(const Installation& installation, const std::filesystem::path& pgdata,
         const Arguments& arguments);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();
  [[nodiscard]] bool reached(core::ServerPhase phase) const;  ///< within 10 s
  [[nodiscard]] std::string log() const;
  void stop_fast();  ///< and wait
  void kill();       ///< SIGKILL to all of it: no process is left, postmaster.pid is

 private:
  void end(int signal);

  std::filesystem::path pgdata_;
  pid_t pid_ = 0;
};

std::uint16_t free_port();
/// The whole tree to PostgreSQL's user.
void give(const Installation& installation, const std::filesystem::path& path);

}  // namespace real
