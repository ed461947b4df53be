#include "addon/output_handoff.h"

#include <utility>

namespace millrace::addon {

class OutputHandoff::Sink final : public ByteSink {
 public:
  Sink(std::shared_ptr<OutputHandoff> handoff, std::chrono::milliseconds stallTimeout,
       std::stop_token stop)
      : handoff_(std::move(handoff)), stallTimeout_(stallTimeout), stop_(std::move(stop)) {}

  ~Sink() override {
    {
      const std::lock_guard lock(handoff_->mutex_);
      handoff_->request_ = Request::kClosed;
      handoff_->state_ = State::kAsked;
    }
    handoff_->notify_();
  }

  Result<void> write(std::span<const std::uint8_t> bytes) override {
    return ask(Request::kWrite, bytes);
  }

  Result<void> finish() override { return ask(Request::kFinish, {}); }

 private:
  Result<void> ask(Request request, std::span<const std::uint8_t> bytes) {
    OutputHandoff& handoff = *handoff_;
    std::unique_lock lock(handoff.mutex_);
    handoff.request_ = request;
    handoff.bytes_ = bytes;
    handoff.state_ = State::kAsked;
    lock.unlock();
    handoff.notify_();
    lock.lock();
    const bool answered = handoff.changed_.wait_for(lock, stop_, stallTimeout_, [&handoff] {
      return handoff.state_ == State::kIdle || handoff.failure_;
    });
    // The bytes are only lent, and this call is about to end.
    handoff.state_ = State::kIdle;
    handoff.bytes_ = {};
    if (handoff.failure_) return failed(*handoff.failure_);
    if (answered) return {};
    if (stop_.stop_requested()) return problem(ErrorCode::kCancelled, "The job was cancelled.");
    return problem(ErrorCode::kStalled, "The output stream took nothing for " +
                                            std::to_string(stallTimeout_.count()) + " ms.");
  }

  static Error problem(ErrorCode code, std::string message) {
    return Error{.code = code, .stage = Stage::kSink, .message = std::move(message)};
  }

  static Error failed(const std::string& why) {
    Error error = problem(ErrorCode::kStreamFailed, "The output stream failed: " + why);
    error.cause = why;
    return error;
  }

  const std::shared_ptr<OutputHandoff> handoff_;
  const std::chrono::milliseconds stallTimeout_;
  const std::stop_token stop_;
};

OutputHandoff::Request OutputHandoff::takeRequest(const Taker& take) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kAsked) return Request::kNone;
  state_ = State::kTaken;
  if (request_ == Request::kWrite) take(bytes_);
  return request_;
}

void OutputHandoff::acknowledge() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kTaken) return;
  state_ = State::kIdle;
  changed_.notify_all();
}

void OutputHandoff::fail(std::string message) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(message);
  changed_.notify_all();
}

std::unique_ptr<ByteSink> OutputHandoff::openSink(std::shared_ptr<OutputHandoff> handoff,
                                                  std::chrono::milliseconds stallTimeout,
                                                  std::stop_token stop) {
  return std::make_unique<Sink>(std::move(handoff), stallTimeout, std::move(stop));
}

}  // namespace millrace::addon
