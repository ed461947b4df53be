#pragma once

#include <functional>
#include <string>

#include "media/job/job_events.h"

namespace millrace {

/// Sends what the linked libraries log on the current thread to one job, while it lives.
///
/// libavutil has a single log callback for the whole process and no notion of a job, so the thread
/// is what connects a line to its job: every thread of a job holds one scope from its first line to
/// its last. Lines from threads without a scope (a codec's own workers) are dropped; nothing ever
/// reaches the terminal. Used by the thread that made it only; scopes do not nest.
class LogScope {
 public:
  using Listener = std::function<void(LogEvent&&)>;

  explicit LogScope(Listener listener);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

  /// The last line of level error on this thread, once: the reason behind a bare return code.
  static std::string takeLastError();

  /// Called by the library's callback; public for it alone.
  void receive(LogLevel level, const char* source, std::string line);

 private:
  Listener listener_;
  std::string lastError_;
};

}  // namespace millrace
