#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "media/byte_sink.h"

namespace millrace::addon {

/// Bytes on their way from a job's sink to JavaScript: one piece at a time, each lent until
/// JavaScript has taken it, and the next one only when JavaScript has acknowledged it.
///
/// Threads: each method says which. Shared by the JavaScript object and the sink.
class OutputHandoff {
 public:
  enum class Request : std::uint8_t { kNone, kWrite, kFinish, kClosed };
  using Taker = std::function<void(std::span<const std::uint8_t>)>;

  /// `notify` is called on the sink's thread when there is a request; it must not block.
  explicit OutputHandoff(std::function<void()> notify) : notify_(std::move(notify)) {}

  /// JavaScript thread. Tells each request once; the bytes of a write are valid only inside `take`,
  /// which must not call back into this object.
  Request takeRequest(const Taker& take);
  /// JavaScript thread. Answers the request that was taken last; ignored when there is none.
  void acknowledge();
  /// JavaScript thread. Every request fails from now on.
  void fail(std::string message);

  /// Sink's thread, at most one sink a handoff. Waits at most `stallTimeout` for each answer.
  static std::unique_ptr<ByteSink> openSink(std::shared_ptr<OutputHandoff> handoff,
                                            std::chrono::milliseconds stallTimeout,
                                            std::stop_token stop);

 private:
  class Sink;
  enum class State : std::uint8_t { kIdle, kAsked, kTaken };

  const std::function<void()> notify_;
  std::mutex mutex_;  ///< Guards everything below.
  std::condition_variable_any changed_;
  State state_ = State::kIdle;
  Request request_ = Request::kNone;
  std::span<const std::uint8_t> bytes_;  ///< The sink's; valid while state_ is kAsked.
  std::optional<std::string> failure_;
};

}  // namespace millrace::addon
