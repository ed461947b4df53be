#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "media/wait_limit.h"

namespace millrace {

/// A queue of at most `capacity` items between two stages. Safe from any thread. Every wait ends at
/// once when the stop token given to it is stopped.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Waits for room until the time that `until` tells, which is asked again meanwhile. False: no
  /// room, or closed, or the token stopped; `item` is then untouched.
  template <typename Until>
  bool push(T& item, Until until, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return closed_ || items_.size() < capacity_; };
    if (!waitForRoom(changed_, lock, stop, until, ready) || closed_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }

  /// Waits for an item. Nothing: closed and empty, or the token stopped.
  std::optional<T> pop(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const bool ready = changed_.wait(lock, stop, [this] { return closed_ || !items_.empty(); });
    if (!ready || items_.empty() || stop.stop_requested()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

  /// No more items come in; what is inside can still be popped.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace millrace
