#include "addon/input_queue.h"

#include <algorithm>
#include <utility>

namespace millrace::addon {

class InputQueue::Source final : public ByteSource {
 public:
  Source(std::shared_ptr<InputQueue> queue, std::chrono::milliseconds stallTimeout,
         std::stop_token stop)
      : queue_(std::move(queue)), stallTimeout_(stallTimeout), stop_(std::move(stop)) {}

  ~Source() override {
    {
      const std::lock_guard lock(queue_->mutex_);
      queue_->closed_ = queue_->news_.closed = true;
      queue_->chunks_.clear();
      queue_->queuedBytes_ = 0;
    }
    queue_->notify_();
  }

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    InputQueue& queue = *queue_;
    std::unique_lock lock(queue.mutex_);
    const bool moved = queue.changed_.wait_for(lock, stop_, stallTimeout_, [&queue] {
      return queue.queuedBytes_ > 0 || queue.ended_ || queue.failure_;
    });
    if (stop_.stop_requested()) return problem(ErrorCode::kCancelled, "The job was cancelled.");
    if (!moved) {
      return problem(ErrorCode::kStalled, "The input stream gave nothing for " +
                                              std::to_string(stallTimeout_.count()) + " ms.");
    }
    // What came before the failure is still worth having.
    if (queue.queuedBytes_ == 0 && queue.failure_) {
      Error error =
          problem(ErrorCode::kStreamFailed, "The input stream failed: " + *queue.failure_);
      error.cause = *queue.failure_;
      return error;
    }
    const std::size_t count = copy(into);
    if (queue.writerWaits_ && queue.queuedBytes_ <= kLowWaterBytes) {
      queue.writerWaits_ = false;
      queue.news_.drained = true;
      lock.unlock();
      queue.notify_();
    }
    return count;
  }

  bool drained() const override {
    const std::lock_guard lock(queue_->mutex_);
    return queue_->queuedBytes_ == 0;
  }

 private:
  static Error problem(ErrorCode code, std::string message) {
    return Error{.code = code, .stage = Stage::kSource, .message = std::move(message)};
  }

  /// Under the queue's mutex.
  std::size_t copy(std::span<std::uint8_t> into) {
    InputQueue& queue = *queue_;
    std::size_t copied = 0;
    while (copied < into.size() && !queue.chunks_.empty()) {
      const std::vector<std::uint8_t>& chunk = queue.chunks_.front();
      const std::size_t count = std::min(into.size() - copied, chunk.size() - queue.firstOffset_);
      std::copy_n(chunk.begin() + static_cast<std::ptrdiff_t>(queue.firstOffset_), count,
                  into.begin() + static_cast<std::ptrdiff_t>(copied));
      copied += count;
      queue.firstOffset_ += count;
      if (queue.firstOffset_ == chunk.size()) {
        queue.chunks_.pop_front();
        queue.firstOffset_ = 0;
      }
    }
    queue.queuedBytes_ -= copied;
    return copied;
  }

  const std::shared_ptr<InputQueue> queue_;
  const std::chrono::milliseconds stallTimeout_;
  const std::stop_token stop_;
};

bool InputQueue::write(std::span<const std::uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;  // The news that says so ends the wait.
  if (!bytes.empty()) chunks_.emplace_back(bytes.begin(), bytes.end());
  queuedBytes_ += bytes.size();
  writerWaits_ = queuedBytes_ >= kHighWaterBytes;
  changed_.notify_all();
  return !writerWaits_;
}

void InputQueue::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void InputQueue::fail(std::string message) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(message);
  changed_.notify_all();
}

InputQueue::News InputQueue::takeNews() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, News{});
}

std::unique_ptr<ByteSource> InputQueue::openSource(std::shared_ptr<InputQueue> queue,
                                                   std::chrono::milliseconds stallTimeout,
                                                   std::stop_token stop) {
  return std::make_unique<Source>(std::move(queue), stallTimeout, std::move(stop));
}

}  // namespace millrace::addon
