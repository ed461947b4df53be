#include "media/log_source.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
}

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace millrace {
namespace {

using Named = std::pair<std::string_view, std::string_view>;

constexpr std::string_view kCodecClass = "AVCodecContext";
constexpr std::array<Named, 11> kLibraries{{
    {kCodecClass, "libavcodec"},
    {"AVBSFContext", "libavcodec"},
    {"AVFormatContext", "libavformat"},
    {"URLContext", "libavformat"},
    {"AVIOContext", "libavformat"},
    {"AVHWDeviceContext", "libavutil"},
    {"AVHWFramesContext", "libavutil"},
    {"SWScaler", "libswscale"},
    {"SWResampler", "libswresample"},
    {"AVFilter", "libavfilter"},
    {"AVFilterGraph", "libavfilter"},
}};

const AVClass* classOf(void* object) {
  return object != nullptr ? *static_cast<const AVClass**>(object) : nullptr;
}

std::string_view libraryOf(const AVClass& type) {
  for (const auto& [name, library] : kLibraries)
    if (name == type.class_name) return library;
  return {};
}

void* parentOf(void* object, const AVClass& type) {
  if (type.parent_log_context_offset == 0) return nullptr;
  return *reinterpret_cast<void**>(static_cast<std::uint8_t*>(object) +
                                   type.parent_log_context_offset);
}

/// The first object, from a line's up through its parents, of a class that is known here.
void* knownBehind(void* object) {
  constexpr int kDeepest = 4;
  for (int depth = 0; depth < kDeepest; ++depth) {
    const AVClass* type = classOf(object);
    if (type == nullptr) return nullptr;
    if (!libraryOf(*type).empty()) return object;
    object = parentOf(object, *type);
  }
  return nullptr;
}

}  // namespace

std::string logSourceOf(void* object) {
  if (classOf(object) == nullptr) return "libav";
  void* known = knownBehind(object);
  if (known == nullptr) return std::string("libav/") + classOf(object)->class_name;
  const AVClass& type = *classOf(known);
  std::string source(libraryOf(type));
  // A parser's codec is never opened, and has no name then.
  if (const AVCodecContext* codec = codecBehind(known); codec != nullptr && codec->codec == nullptr)
    return source + "/" + avcodec_get_name(codec->codec_id);
  const char* item = type.item_name != nullptr ? type.item_name(known) : nullptr;
  if (item == nullptr || type.class_name == std::string_view(item)) return source;
  return source + "/" + item;
}

const AVCodecContext* codecBehind(void* object) {
  void* known = knownBehind(object);
  if (known == nullptr || classOf(known)->class_name != kCodecClass) return nullptr;
  return static_cast<const AVCodecContext*>(known);
}

}  // namespace millrace
