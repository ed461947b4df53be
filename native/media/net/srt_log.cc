#include "media/net/srt_log.h"

#ifndef MILLRACE_SYSTEM_FFMPEG
#include <srt/srt.h>

#include <mutex>
#endif

namespace millrace {

#ifdef MILLRACE_SYSTEM_FFMPEG
void silenceSrt() {}
#else
void silenceSrt() {
  static std::once_flag silenced;
  std::call_once(silenced, [] {
    srt_setloghandler(nullptr, [](void*, int, const char*, int, const char*, const char*) {});
  });
}
#endif

}  // namespace millrace
