#include "media/log_scope.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
}

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <utility>

#include "media/log_source.h"
#include "media/url_redaction.h"

namespace millrace {
namespace {

thread_local LogScope* currentScope = nullptr;

LogLevel levelOf(int libavLevel) {
  if (libavLevel <= AV_LOG_ERROR) return LogLevel::kError;
  if (libavLevel <= AV_LOG_WARNING) return LogLevel::kWarning;
  if (libavLevel <= AV_LOG_INFO) return LogLevel::kInfo;
  return LogLevel::kDebug;
}

std::string withoutTrailingSpace(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t\r\n");
  return std::string(line.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

/// What these say in detail names the stream and its key.
bool tellsSecrets(LogLevel level, std::string_view source) {
  constexpr std::array<std::string_view, 3> kSources{"libavformat/rtmp", "libavformat/srt",
                                                     "libavformat/rtsp"};
  return level == LogLevel::kDebug &&
         std::any_of(kSources.begin(), kSources.end(),
                     [&](std::string_view secret) { return source.starts_with(secret); });
}

LogScope* scopeOf(void* object) {
  if (currentScope != nullptr) return currentScope;
  // With frame threads each worker has a copy of the codec's context, the same `opaque` in it.
  const AVCodecContext* codec = codecBehind(object);
  return codec != nullptr ? static_cast<LogScope*>(codec->opaque) : nullptr;
}

// vfprintf-style signatures are libavutil's, not ours to choose.
void onLibavLine(void* object, int libavLevel, const char* format, va_list arguments) {
  // Beyond are lines per byte parsed, for whoever debugs libav itself.
  if (libavLevel > AV_LOG_DEBUG) return;
  const LogLevel level = levelOf(libavLevel);
  LogScope* scope = scopeOf(object);
  if (scope == nullptr || !scope->listensTo(level)) return;
  std::array<char, 1024> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  const std::string line = withoutTrailingSpace(text.data());
  std::string source = logSourceOf(object);
  if (!line.empty() && !tellsSecrets(level, source))
    scope->receive(level, std::move(source), redactText(line));
}

}  // namespace

LogScope::LogScope(Listener listener) : listener_(std::move(listener)) {
  static std::once_flag installed;
  std::call_once(installed, [] { av_log_set_callback(onLibavLine); });
  currentScope = this;
}

LogScope::~LogScope() { currentScope = nullptr; }

std::string LogScope::takeLastError() {
  if (currentScope == nullptr) return {};
  const std::lock_guard lock(currentScope->mutex_);
  return std::exchange(currentScope->lastError_, {});
}

void LogScope::adopt(AVCodecContext& codec) { codec.opaque = currentScope; }

bool LogScope::wants(LogLevel level) {
  return currentScope != nullptr && currentScope->listener_.wants(level);
}

void LogScope::tell(LogLevel level, const char* source, std::string_view line) {
  if (!wants(level)) return;
  const std::string shown = withoutTrailingSpace(line);
  if (!shown.empty()) currentScope->listener_(LogEvent{level, source, redactText(shown)});
}

bool LogScope::listensTo(LogLevel level) const {
  return level == LogLevel::kError || listener_.wants(level);
}

void LogScope::receive(LogLevel level, std::string source, std::string line) {
  if (level == LogLevel::kError) {
    const std::lock_guard lock(mutex_);
    lastError_ = line;
  }
  listener_(LogEvent{level, std::move(source), std::move(line)});
}

}  // namespace millrace
