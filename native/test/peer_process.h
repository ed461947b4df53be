#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "media/net/file_descriptor.h"

namespace millrace::test {

/// A real program on the other end of a test's connection: started here, ended by the destructor.
class PeerProcess {
 public:
  /// `arguments[0]` is looked up in PATH; `folder` is where it runs. Throws when it cannot start.
  explicit PeerProcess(std::vector<std::string> arguments, const std::string& folder = ".");
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  /// Waits until its output or its error output holds `text`, and returns what holds it; what there
  /// is when it ends without, or says nothing of the kind for ten seconds.
  std::string waitFor(std::string_view text);
  /// Everything it wrote to its output, once it has ended.
  std::string waitForEnd();
  std::string output();

  void writeInput(std::string_view bytes);
  /// Stops it where it is, as a machine that hangs: its connections stay up and nothing moves.
  void freeze();
  /// Asks it to end in order.
  void interrupt();
  /// Ends it without a chance to say goodbye.
  void crash();

 private:
  void collect();

  pid_t pid_ = -1;
  FileDescriptor input_;
  FileDescriptor outputPipe_;
  FileDescriptor errorPipe_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string output_;  ///< Guarded by mutex_, as are the two below.
  std::string errorOutput_;
  bool ended_ = false;
  std::thread collector_;
};

bool isInstalled(const std::string& program);
/// Runs it to its end; false when that is not a success.
bool runToEnd(std::vector<std::string> arguments, const std::string& folder = ".");

/// Waits until something accepts connections on this port of 127.0.0.1; false after ten seconds.
bool waitForListener(std::uint16_t port);

/// A folder that is gone with its contents afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes `contents` to the file `name` and returns its path.
  std::string write(const std::string& name, std::string_view contents) const;

 private:
  std::string path_;
};

}  // namespace millrace::test
