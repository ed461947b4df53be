#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "media/input/reader.h"
#include "media/output/sink.h"

namespace millrace {

/// Keeps a medium, live or not, in an MPEG-TS file, packet by packet; nothing is decoded, and
/// nothing is left out to keep up.
///
/// Threads: made, started, cancelled and destroyed by its owner's thread; works on two of its own,
/// which the destructor cancels and joins.
class Recording {
 public:
  struct Options {
    InputOptions input;
    AddressPolicy policy;  ///< The source's.
    std::string path;      ///< Of the file, made new or written over.
    /// Media time to keep, from the first picture on; absent: all there is.
    std::optional<std::chrono::milliseconds> duration;
  };
  /// Called once, on either thread, last. An error may leave a file that holds what came before it.
  using OnEnd = std::function<void(std::optional<Error>)>;

  Recording(Options options, OnEnd onEnd);
  ~Recording() { cancel(); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void start();
  /// Ends every wait and returns at once.
  void cancel() { cancelled_.request_stop(); }

 private:
  void accept(MediaItem&& item);
  std::optional<Error> refuse(const TrackUpdate& update) const;
  void readerEnded(std::optional<Error> failure);
  void sinkEnded(std::optional<Error> failure);
  void end(std::unique_lock<std::mutex> lock);

  std::string url_;  ///< Redacted.
  OnEnd onEnd_;
  std::mutex mutex_;  ///< Guards the four below.
  bool readerHasEnded_ = false;
  bool sinkHasEnded_ = false;
  std::optional<Error> sourceFailure_;
  std::optional<Error> sinkFailure_;
  std::stop_source cancelled_;
  Sink sink_;
  Reader reader_;
};

}  // namespace millrace
