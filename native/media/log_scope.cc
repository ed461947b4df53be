#include "media/log_scope.h"

extern "C" {
#include <libavutil/log.h>
}

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

#include "media/url.h"

namespace millrace {
namespace {

thread_local LogScope* currentScope = nullptr;

LogLevel levelOf(int libavLevel) {
  if (libavLevel <= AV_LOG_ERROR) return LogLevel::kError;
  if (libavLevel <= AV_LOG_WARNING) return LogLevel::kWarning;
  if (libavLevel <= AV_LOG_INFO) return LogLevel::kInfo;
  return LogLevel::kDebug;
}

// vfprintf-style signatures are libavutil's, not ours to choose.
void onLibavLine(void* object, int level, const char* format, va_list arguments) {
  LogScope* scope = currentScope;
  if (scope == nullptr || level > AV_LOG_INFO) return;
  std::array<char, 1024> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  std::string line(text.data());
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  if (line.empty()) return;
  const AVClass* type = object != nullptr ? *static_cast<AVClass**>(object) : nullptr;
  const char* source = type != nullptr ? type->item_name(object) : "libav";
  scope->receive(levelOf(level), source, redactText(line));
}

}  // namespace

LogScope::LogScope(Listener listener) : listener_(std::move(listener)) {
  static std::once_flag installed;
  std::call_once(installed, [] { av_log_set_callback(onLibavLine); });
  currentScope = this;
}

LogScope::~LogScope() { currentScope = nullptr; }

std::string LogScope::takeLastError() {
  return currentScope != nullptr ? std::exchange(currentScope->lastError_, {}) : std::string();
}

void LogScope::receive(LogLevel level, const char* source, std::string line) {
  if (level == LogLevel::kError) lastError_ = line;
  listener_(LogEvent{level, source != nullptr ? source : "libav", std::move(line)});
}

}  // namespace millrace
