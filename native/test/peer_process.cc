#include "peer_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

extern char** environ;

namespace millrace::test {
namespace {

constexpr std::chrono::seconds kPatience{10};

std::pair<FileDescriptor, FileDescriptor> makePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

PeerProcess::PeerProcess(std::vector<std::string> arguments, const std::string& folder) {
  auto [childInput, input] = makePipe();
  auto [output, childOutput] = makePipe();
  auto [error, childError] = makePipe();
  input_ = std::move(input);
  outputPipe_ = std::move(output);
  errorPipe_ = std::move(error);

  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_adddup2(&actions, childInput.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, childOutput.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, childError.get(), STDERR_FILENO);
  const int failure = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::system_error(failure, std::generic_category(), arguments[0]);
  std::signal(SIGPIPE, SIG_IGN);  // Input for a process that has ended is no reason to end as well.
  collector_ = std::thread([this] { collect(); });
}

PeerProcess::~PeerProcess() {
  kill(pid_, SIGKILL);
  collector_.join();
  waitpid(pid_, nullptr, 0);
}

std::string PeerProcess::waitFor(std::string_view text) {
  std::unique_lock lock(mutex_);
  const auto holder = [&]() -> std::string* {
    if (output_.find(text) != std::string::npos) return &output_;
    if (errorOutput_.find(text) != std::string::npos) return &errorOutput_;
    return nullptr;
  };
  changed_.wait_for(lock, kPatience, [&] { return holder() != nullptr || ended_; });
  const std::string* found = holder();
  return found != nullptr ? *found : output_ + errorOutput_;
}

std::string PeerProcess::waitForEnd() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return ended_; });
  return output_;
}

std::string PeerProcess::output() {
  const std::lock_guard lock(mutex_);
  return output_;
}

void PeerProcess::writeInput(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(input_.get(), bytes.data(), bytes.size());
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void PeerProcess::freeze() { kill(pid_, SIGSTOP); }

void PeerProcess::interrupt() { kill(pid_, SIGINT); }

void PeerProcess::crash() { kill(pid_, SIGKILL); }

void PeerProcess::collect() {
  std::array<pollfd, 2> waits{{{outputPipe_.get(), POLLIN, 0}, {errorPipe_.get(), POLLIN, 0}}};
  const std::array<std::string*, 2> targets{&output_, &errorOutput_};
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    poll(waits.data(), waits.size(), -1);
    for (std::size_t i = 0; i < waits.size(); ++i) {
      if (waits[i].revents == 0) continue;
      std::array<char, 65'536> bytes{};
      const ssize_t count = read(waits[i].fd, bytes.data(), bytes.size());
      const std::lock_guard lock(mutex_);
      if (count > 0) {
        targets[i]->append(bytes.data(), static_cast<std::size_t>(count));
      } else {
        waits[i].fd = -1;
      }
      changed_.notify_all();
    }
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool isInstalled(const std::string& program) {
  std::istringstream folders(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

bool runToEnd(std::vector<std::string> arguments, const std::string& folder) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  }
  pid_t pid = -1;
  const int failure = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = -1;
  return failure == 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

bool waitForListener(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const FileDescriptor client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (connect(client.get(), generic, sizeof address) == 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "millrace-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), pattern);
  }
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, std::string_view contents) const {
  std::string path = file(name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << contents;
  return path;
}

}  // namespace millrace::test
