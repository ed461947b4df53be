#include "loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace millrace::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

FileDescriptor listenOnAnyPort(int backlog, std::uint16_t& port) {
  FileDescriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener) fail("socket");
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.get(), generic, length) != 0) fail("bind");
  if (listen(listener.get(), backlog) != 0) fail("listen");
  if (getsockname(listener.get(), generic, &length) != 0) fail("getsockname");
  port = ntohs(address.sin_port);
  return listener;
}

}  // namespace

std::string LoopbackConnection::readHead() { return readUntil("\r\n\r\n"); }

std::string LoopbackConnection::readSome() {
  if (!unread_.empty()) return std::exchange(unread_, {});
  std::array<char, 16 * 1024> bytes{};
  const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
  return count > 0 ? std::string(bytes.data(), static_cast<std::size_t>(count)) : std::string();
}

std::string LoopbackConnection::readUntil(std::string_view ending) {
  std::string read;
  std::size_t searched = 0;
  while (true) {
    const std::size_t end = read.find(ending, searched);
    searched = read.size() - std::min(read.size(), ending.size());
    if (end != std::string::npos) {
      unread_ = read.substr(end + ending.size());
      return read.substr(0, end + ending.size());
    }
    const std::string more = readSome();
    if (more.empty()) return read;
    read += more;
  }
}

bool LoopbackConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void LoopbackConnection::waitForHangUp() {
  while (!readSome().empty()) {
  }
}

void LoopbackConnection::reset() {
  const linger atOnce{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
}

LoopbackServer::LoopbackServer(Handler handler)
    : handler_(std::move(handler)), listener_(listenOnAnyPort(16, port_)) {
  acceptor_ = std::thread([this] { accept(); });
}

LoopbackServer::~LoopbackServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const int socket : open_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (std::thread& handler : handlers_) handler.join();
}

std::string LoopbackServer::url(const std::string& path, const std::string& scheme) const {
  return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
}

void LoopbackServer::accept() {
  while (true) {
    const int socket = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connectionCount_;
    const std::lock_guard lock(mutex_);
    open_.push_back(socket);
    if (ending_) shutdown(socket, SHUT_RDWR);
    handlers_.emplace_back([this, socket] { handle(socket); });
  }
}

void LoopbackServer::handle(int socket) {
  LoopbackConnection connection(socket);
  handler_(connection);
  const std::lock_guard lock(mutex_);
  std::erase(open_, socket);
  close(socket);
}

std::uint16_t unusedPort() {
  std::uint16_t port = 0;
  listenOnAnyPort(1, port);
  return port;
}

UnansweringPort::UnansweringPort() : listener_(listenOnAnyPort(0, port_)) {
  constexpr int kEnough = 4;
  for (int i = 0; i < kEnough; ++i) {
    FileDescriptor client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_in address = loopback(port_);
    // In progress for ever once the queue is full, which is the point.
    static_cast<void>(
        connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
    queued_.push_back(std::move(client));
  }
}

}  // namespace millrace::test
