#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "media/essence/essence_copy.h"
#include "media/essence/medium_essence.h"
#include "media/input/reader.h"

namespace millrace {

/// Reads a medium, from open to end, on a thread of its own, and hashes its units; nothing is
/// decoded.
///
/// Threads: made, started, cancelled and destroyed by its owner's thread; the destructor cancels
/// and joins.
class EssenceRead {
 public:
  struct Options {
    InputOptions input;
    AddressPolicy policy;
    /// Media time to read, from the first picture on; absent: all there is.
    std::optional<std::chrono::milliseconds> duration;
  };
  /// Called once, on the reading thread, last; kCancelled when it was.
  using OnEnd = std::function<void(Result<EssenceCopy>&&)>;

  EssenceRead(Options options, OnEnd onEnd);
  ~EssenceRead() { cancel(); }
  EssenceRead(const EssenceRead&) = delete;
  EssenceRead& operator=(const EssenceRead&) = delete;

  void start() { reader_.start(); }
  /// Ends every wait and returns at once.
  void cancel() { cancelled_.request_stop(); }

 private:
  void accept(MediaItem&& item);
  void end(std::optional<Error> failure);

  std::string url_;  ///< Redacted.
  OnEnd onEnd_;
  bool isTooLong_ = false;
  EssenceCollector collector_;
  MediumEssence essence_;
  std::stop_source cancelled_;
  Reader reader_;
};

}  // namespace millrace
