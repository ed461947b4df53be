#include "media/net/srt_log.h"

#ifndef MILLRACE_SYSTEM_FFMPEG
#include <srt/srt.h>
#include <syslog.h>

#include <mutex>
#include <string_view>

#include "media/log_scope.h"
#endif

namespace millrace {

#ifdef MILLRACE_SYSTEM_FFMPEG
void takeSrtLog() {}
#else
namespace {

LogLevel levelOf(int severity) {
  if (severity <= LOG_ERR) return LogLevel::kError;
  return severity == LOG_WARNING ? LogLevel::kWarning : LogLevel::kInfo;
}

void onLine(void*, int severity, const char*, int, const char*, const char* message) {
  std::string_view line = message;
  constexpr std::string_view kPrefix = ": ";  // What is left of it without its parts.
  if (line.starts_with(kPrefix)) line.remove_prefix(kPrefix.size());
  LogScope::tell(levelOf(severity), "srt", line);
}

}  // namespace

void takeSrtLog() {
  static std::once_flag taken;
  std::call_once(taken, [] {
    srt_setlogflags(SRT_LOGF_DISABLE_TIME | SRT_LOGF_DISABLE_THREADNAME |
                    SRT_LOGF_DISABLE_SEVERITY | SRT_LOGF_DISABLE_EOL);
    // Below come lines per packet, which are compiled out.
    srt_setloglevel(LOG_NOTICE);
    srt_setloghandler(nullptr, onLine);
  });
}
#endif

}  // namespace millrace
