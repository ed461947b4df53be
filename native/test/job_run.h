#pragma once

#include <algorithm>
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
#include <utility>
#include <variant>
#include <vector>

#include "media/job/job.h"

namespace millrace::test {

/// A job, and what it has told so far. The test's thread; events come on the job's.
class JobRun {
 public:
  explicit JobRun(JobOptions options)
      : job_(std::make_unique<Job>(std::move(options),
                                   [this](JobEvent&& event) { hear(std::move(event)); })) {}

  void start() { job_->start(); }
  void stop() { job_->stop(); }
  void cancel() { job_->cancel(); }

  /// Waits for the last event. Nothing: it has not come within a minute.
  std::optional<EndedEvent> ended() {
    std::unique_lock lock(mutex_);
    heard_.wait_for(lock, std::chrono::minutes(1), [this] { return end_.has_value(); });
    return end_;
  }
  /// Waits until the job has told what `wanted` looks for; each event is shown to it once. False:
  /// the job ended without.
  template <typename Event>
  bool told(const std::function<bool(const Event&)>& wanted) {
    std::unique_lock lock(mutex_);
    std::size_t next = 0;
    bool found = false;
    heard_.wait_for(lock, std::chrono::minutes(1), [&] {
      for (; next < events_.size() && !found; ++next) {
        const auto* event = std::get_if<Event>(&events_[next]);
        found = event != nullptr && wanted(*event);
      }
      return found || end_.has_value();
    });
    return found;
  }

 private:
  void hear(JobEvent&& event) {
    const std::lock_guard lock(mutex_);
    if (const auto* last = std::get_if<EndedEvent>(&event)) end_ = *last;
    events_.push_back(std::move(event));
    heard_.notify_all();
  }

  std::mutex mutex_;  ///< Guards all but the job.
  std::condition_variable heard_;
  std::vector<JobEvent> events_;
  std::optional<EndedEvent> end_;
  std::unique_ptr<Job> job_;
};

/// What an output was given; to be looked at when the job has ended.
struct Delivery {
  std::vector<std::uint8_t> bytes;
  bool finished = false;
};

/// A double of a peer that takes everything.
class DeliveringSink : public ByteSink {
 public:
  explicit DeliveringSink(std::shared_ptr<Delivery> delivery) : delivery_(std::move(delivery)) {}

  Result<void> write(std::span<const std::uint8_t> bytes) override {
    delivery_->bytes.insert(delivery_->bytes.end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<void> finish() override {
    delivery_->finished = true;
    return {};
  }

 private:
  std::shared_ptr<Delivery> delivery_;
};

/// A double of a peer that is connected and never takes a byte.
class StuckSink : public ByteSink {
 public:
  explicit StuckSink(std::stop_token stop) : stop_(std::move(stop)) {}

  Result<void> write(std::span<const std::uint8_t> /*bytes*/) override { return wait(); }
  Result<void> finish() override { return wait(); }

 private:
  Result<void> wait() {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait(lock, stop_, [] { return false; });
    return Error{.code = ErrorCode::kCancelled, .stage = Stage::kSink, .message = "Cancelled."};
  }

  std::stop_token stop_;
};

/// A double of a source: gives its bytes as fast as they are taken, and ends.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::shared_ptr<const std::vector<std::uint8_t>> bytes)
      : bytes_(std::move(bytes)) {}

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min(into.size(), bytes_->size() - at_);
    std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
    at_ += count;
    return count;
  }
  bool drained() const override { return false; }

 private:
  std::shared_ptr<const std::vector<std::uint8_t>> bytes_;
  std::size_t at_ = 0;
};

/// A small picture to `output`.
inline RenditionOptions smallRendition(std::string name, OutputOptions output) {
  RenditionOptions rendition;
  rendition.name = std::move(name);
  rendition.width = 96;
  rendition.height = 54;
  rendition.bitrateBps = 100'000;
  rendition.preset = "ultrafast";
  rendition.output = std::move(output);
  return rendition;
}

/// To a peer that takes everything; `delivery` may be null.
inline OutputOptions delivering(std::shared_ptr<Delivery> delivery) {
  OutputOptions output;
  output.container = Container::kMpegTs;
  output.openStream = [delivery = std::move(delivery)](const std::stop_token&) {
    return std::make_unique<DeliveringSink>(delivery ? delivery : std::make_shared<Delivery>());
  };
  return output;
}

/// To a peer that never takes a byte.
inline OutputOptions stuck() {
  OutputOptions output;
  output.container = Container::kMpegTs;
  output.openStream = [](std::stop_token stop) {
    return std::make_unique<StuckSink>(std::move(stop));
  };
  return output;
}

/// From memory, as fast as it is taken.
inline InputOptions from(std::shared_ptr<const std::vector<std::uint8_t>> bytes) {
  InputOptions input;
  input.pace = Pace::kReadAhead;
  input.openStream = [bytes = std::move(bytes)](const std::stop_token&) {
    return std::make_unique<MemorySource>(bytes);
  };
  return input;
}

/// A test pattern, at the pace of real time unless `pace` says otherwise.
inline InputOptions pattern(Pace pace = Pace::kAuto) {
  InputOptions input;
  input.url = "testpattern:160x90@30";
  input.pace = pace;
  return input;
}

}  // namespace millrace::test
