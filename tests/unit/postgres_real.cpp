#include "postgres_real.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "postgres/server_file.hpp"

namespace real {
namespace {

namespace fs = std::filesystem;

constexpr uid_t user_of_roots = 999;  // POSTGRES_UID of tests/roots
constexpr std::uint64_t room = std::uint64_t{512} << 20U;

uid_t user_here() {
  const passwd* entry = getpwnam("postgres");
  return entry == nullptr ? user_of_roots : entry->pw_uid;
}

/// Without a real disk below it, fsync costs nothing.
std::string top_for(const Installation& installation) {
  if (!installation.root.empty()) return installation.root / "tmp";
  std::error_code error;
  const auto space = fs::space("/dev/shm", error);
  return !error && space.available > room && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

void add_below(const fs::path& root, std::vector<Installation>& found) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root / "usr/lib/postgresql", error)) {
    const fs::path bin = entry.path() / "bin";
    if (!fs::exists(bin / "initdb", error)) continue;
    const bool here = root == "/";
    found.push_back({.root = here ? fs::path() : root,
                     .bin = "/" / fs::relative(bin, root),
                     .major = std::stoi(entry.path().filename()),
                     .user = geteuid() != 0 ? geteuid()
                             : here         ? user_here()
                                            : user_of_roots});
  }
}

/// In the child: become PostgreSQL's user in the root, and exec.
[[noreturn]] void become(const Installation& installation, Arguments arguments, int input,
                         int output) {
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  if (!enter(installation)) _exit(125);
  arguments[0] = installation.bin / arguments[0];
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);
  char language[] = "LC_ALL=C.UTF-8";
  char path[] = "PATH=/usr/bin:/bin";
  char* environment[] = {language, path, nullptr};
  execve(argv[0], argv.data(), environment);
  _exit(127);
}

std::string slurp(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// What is mounted from now on only this process and its children see.
bool in_own_mounts() {
  static const bool made =
      unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return made;
}

}  // namespace

bool enter(const Installation& installation) {
  if (!installation.root.empty() && chroot(installation.root.c_str()) != 0) return false;
  if (chdir("/") != 0) return false;
  return geteuid() != 0 || (setgid(installation.user) == 0 && setuid(installation.user) == 0);
}

void kill_tree(pid_t pid) {
  ::kill(pid, SIGSTOP);  // so that nothing new comes while it is looked at
  std::ifstream children("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) +
                         "/children");
  for (pid_t child = 0; children >> child;)
    kill_tree(child);
  ::kill(pid, SIGKILL);
}

std::vector<Installation> installations() {
  std::vector<Installation> found;
  add_below("/", found);
  if (geteuid() == 0) add_below(fs::path(PGORDINAL_SOURCE_DIR) / "build/roots/trixie", found);
  return found;
}

std::optional<Installation> installed_here() {
  for (const Installation& each : installations()) {
    if (each.root.empty()) return each;
  }
  return std::nullopt;
}

void give(const Installation& installation, const fs::path& path) {
  if (geteuid() != 0) return;
  const auto give_one = [&installation](const fs::path& each) {
    if (lchown(each.c_str(), installation.user, installation.user) != 0) abort();
  };
  give_one(path);
  if (!fs::is_directory(path)) return;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    give_one(entry.path());
}

Directory::Directory(const Installation& installation) : root_(installation.root) {
  std::string name = top_for(installation) + "/pgordinal-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) abort();
  outside_ = name;
  if (!root_.empty() && in_own_mounts()) {
    mounted_ = mount("tmpfs", outside_.c_str(), "tmpfs", 0, "mode=0700") == 0 &&
               mount("/proc", (root_ / "proc").c_str(), nullptr, MS_BIND, nullptr) == 0;
  }
  give(installation, outside_);
}

Directory::~Directory() {
  std::error_code error;
  if (mounted_) {
    umount2((root_ / "proc").c_str(), MNT_DETACH);
    umount2(outside_.c_str(), MNT_DETACH);
  }
  fs::remove_all(outside_, error);
}

fs::path Directory::inside() const {
  return root_.empty() ? outside_ : "/" / fs::relative(outside_, root_);
}

Finished run(const Installation& installation, const Arguments& arguments,
             const std::string& input) {
  char name[] = "/tmp/pgordinal-output-XXXXXX";
  const int output = mkostemp(name, O_CLOEXEC);
  const int in = memfd_create("input", MFD_CLOEXEC);
  if (write(in, input.data(), input.size()) != static_cast<ssize_t>(input.size())) abort();
  lseek(in, 0, SEEK_SET);
  if (geteuid() == 0 && fchown(in, installation.user, installation.user) != 0) abort();
  const pid_t child = fork();
  if (child == 0) become(installation, arguments, in, output);
  int status = 0;
  waitpid(child, &status, 0);
  close(in);
  close(output);
  Finished finished{.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                    .output = slurp(name)};
  unlink(name);
  return finished;
}

Finished initdb(const Installation& installation, const fs::path& pgdata, const Arguments& more) {
  Arguments arguments{"initdb", "-U", "postgres", "--no-sync", "-D", pgdata};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(installation, arguments);
}

Server::Server(const Installation& installation, const fs::path& pgdata, const Arguments& arguments)
    : pgdata_(pgdata) {
  const fs::path log = pgdata.string() + ".log";
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_ = fork();
  if (pid_ == 0) become(installation, arguments, nothing, output);
  close(nothing);
  close(output);
}

Server::~Server() {
  end(SIGQUIT);
}

void Server::stop_fast() {
  end(SIGINT);
}

void Server::end(int signal) {
  if (pid_ == 0) return;
  ::kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void Server::kill() {
  kill_tree(pid_);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

bool Server::reached(core::ServerPhase phase) const {
  for (int tries = 0; tries < 500; ++tries) {
    const auto file = postgres::read_server_file(pgdata_);
    if (file && *file && (*file)->pid == pid_ && (*file)->phase == phase) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

std::string Server::log() const {
  return slurp(pgdata_.string() + ".log");
}

std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(probe, reinterpret_cast<sockaddr*>(&address), length) != 0) abort();
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length);
  close(probe);
  return ntohs(address.sin_port);
}

}  // namespace real
