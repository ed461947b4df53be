#pragma once

#include <string>

struct AVCodecContext;

namespace millrace {

/// Who logs: the library and the part of it, e.g. `libavcodec/h264` or `libavformat/mpegts`, by
/// what libav calls the object of the line. `libav` for a line without one. Any thread that may use
/// `object`.
std::string logSourceOf(void* object);

/// The codec that the object of a line is or belongs to; null: none.
const AVCodecContext* codecBehind(void* object);

}  // namespace millrace
