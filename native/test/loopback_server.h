#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "media/net/file_descriptor.h"

namespace millrace::test {

/// The server's end of one TCP connection. Everything blocks, and ends when the server does.
class LoopbackConnection {
 public:
  explicit LoopbackConnection(int socket) : socket_(socket) {}

  /// An HTTP request up to and with its empty line; less when the client hangs up first.
  std::string readHead();
  /// Whatever comes next; empty at the end.
  std::string readSome();
  /// Until `ending` has come, or the client hangs up.
  std::string readUntil(std::string_view ending);
  /// False when the client is gone.
  bool send(std::string_view bytes);
  /// Until the client hangs up.
  void waitForHangUp();
  /// Ends the connection with a RST, as a crashed host does.
  void reset();

 private:
  int socket_;
  std::string unread_;
};

/// A blocking server on loopback with a scripted handler: a double for the servers of the world
/// that refuse, stall, lie and break off. Each connection is handled on a thread of its own and
/// closed when the handler returns. The destructor ends all of them.
class LoopbackServer {
 public:
  using Handler = std::function<void(LoopbackConnection&)>;

  explicit LoopbackServer(Handler handler);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/", const std::string& scheme = "http") const;
  int connectionCount() const { return connectionCount_; }

 private:
  void accept();
  void handle(int socket);

  Handler handler_;
  std::uint16_t port_ = 0;
  FileDescriptor listener_;
  std::atomic<int> connectionCount_ = 0;
  std::mutex mutex_;
  bool ending_ = false;  ///< Guarded by mutex_, as are the two below.
  std::vector<int> open_;
  std::vector<std::thread> handlers_;
  std::thread acceptor_;
};

/// A port where nothing listens now.
std::uint16_t unusedPort();

/// A port whose connections are never completed: its queue is full and nobody accepts.
class UnansweringPort {
 public:
  UnansweringPort();

  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  FileDescriptor listener_;
  std::vector<FileDescriptor> queued_;
};

}  // namespace millrace::test
