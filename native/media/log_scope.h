#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "media/job/job_events.h"
#include "media/log_level.h"

struct AVCodecContext;

namespace millrace {

/// Sends what the linked libraries log on the current thread to one job, while it lives.
///
/// The libraries have one log callback for the whole process and no notion of a job, so the thread
/// is what connects a line to its job: every thread of a job holds one scope from its first line to
/// its last. A codec's own worker threads have none; their lines go to the scope that adopted the
/// codec. All other lines (those of libsrt's threads) are dropped, since whose they are cannot be
/// told; nothing ever reaches the terminal.
///
/// Made and destroyed by one thread, scopes do not nest. Adopted codecs may log on any thread.
class LogScope {
 public:
  /// Who hears the lines, nobody if `tell` is empty, and the least urgent ones worth telling:
  /// others cost a comparison. Called on whichever thread logs.
  struct Listener {
    std::function<void(LogEvent&&)> tell;
    LogLevel leastUrgent = LogLevel::kInfo;

    bool wants(LogLevel level) const { return tell && level <= leastUrgent; }
    void operator()(LogEvent&& event) const {
      if (wants(event.level)) tell(std::move(event));
    }
  };

  explicit LogScope(Listener listener);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

  /// The last line of level error from libav on this thread, or from a codec of its scope, once:
  /// the reason behind a bare return code.
  static std::string takeLastError();

  /// Lines of the codec's worker threads go to this thread's scope, if it has one, from now on.
  /// The codec is freed before the scope ends, and its `opaque` is the scope's.
  static void adopt(AVCodecContext& codec);

  /// Whether a line of this level would be heard on this thread.
  static bool wants(LogLevel level);
  /// Tells a line of a library that is not libav on this thread. URLs in it are redacted.
  static void tell(LogLevel level, const char* source, std::string_view line);

  /// Called by libav's callback; public for it alone.
  void receive(LogLevel level, std::string source, std::string line);
  bool listensTo(LogLevel level) const;

 private:
  Listener listener_;
  std::mutex mutex_;
  std::string lastError_;  ///< Guarded by mutex_.
};

}  // namespace millrace
