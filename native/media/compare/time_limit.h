#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

namespace millrace {

/// A stop token that is stopped when another is, or when the time is up. Made and destroyed by one
/// thread; a thread of its own watches the clock meanwhile, and is gone when this is.
class TimeLimit {
 public:
  TimeLimit(std::chrono::milliseconds limit, std::stop_token stop);

  std::stop_token token() const { return stopping_.get_token(); }
  /// The time was up before anybody else stopped it.
  bool isUp() const { return up_; }

 private:
  std::stop_source stopping_;
  std::stop_callback<std::function<void()>> passedOn_;
  std::atomic<bool> up_ = false;
  std::jthread clock_;  ///< Last: it uses the others.
};

}  // namespace millrace
