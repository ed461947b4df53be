#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "media/byte_source.h"

namespace millrace::addon {

/// Bytes on their way from JavaScript to a job's reader.
///
/// Threads: each method says which. Shared by the JavaScript object and the source.
class InputQueue {
 public:
  /// From here on the writer is asked to wait,
  static constexpr std::size_t kHighWaterBytes = 1 << 20;
  /// and from here on it may go on.
  static constexpr std::size_t kLowWaterBytes = kHighWaterBytes / 2;

  /// `notify` is called on the reader's thread when `takeNews` has something; it must not block.
  explicit InputQueue(std::function<void()> notify) : notify_(std::move(notify)) {}

  /// JavaScript thread. Copies the bytes; false: wait for room, or for the end, before the next. A
  /// stream that always has more would else never let JavaScript hear of the end.
  bool write(std::span<const std::uint8_t> bytes);
  /// JavaScript thread.
  void end();
  /// JavaScript thread.
  void fail(std::string message);

  struct News {
    bool drained = false;  ///< There is room again, and somebody was told that there was not.
    bool closed = false;   ///< The reader is gone.
  };
  /// JavaScript thread. Each piece of news is told once.
  News takeNews();

  /// Reader's thread, at most one source a queue. Waits at most `stallTimeout` at a time.
  static std::unique_ptr<ByteSource> openSource(std::shared_ptr<InputQueue> queue,
                                                std::chrono::milliseconds stallTimeout,
                                                std::stop_token stop);

 private:
  class Source;

  const std::function<void()> notify_;
  std::mutex mutex_;  ///< Guards everything below.
  std::condition_variable_any changed_;
  std::deque<std::vector<std::uint8_t>> chunks_;
  std::size_t firstOffset_ = 0;  ///< Bytes of the first chunk that were read already.
  std::size_t queuedBytes_ = 0;
  std::optional<std::string> failure_;
  bool ended_ = false;
  bool writerWaits_ = false;
  News news_;
  bool closed_ = false;
};

}  // namespace millrace::addon
