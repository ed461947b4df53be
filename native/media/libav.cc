#include "media/libav.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "media/log_scope.h"

namespace millrace {

PacketPtr makePacket() {
  PacketPtr packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

FramePtr makeFrame() {
  FramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

PacketPtr clone(const AVPacket& packet) {
  PacketPtr copy(av_packet_clone(&packet));
  if (!copy) throw std::bad_alloc();
  return copy;
}

FramePtr clone(const AVFrame& frame) {
  FramePtr copy(av_frame_clone(&frame));
  if (!copy) throw std::bad_alloc();
  return copy;
}

CodecParametersPtr clone(const AVCodecParameters& parameters) {
  CodecParametersPtr copy(avcodec_parameters_alloc());
  if (!copy || avcodec_parameters_copy(copy.get(), &parameters) < 0) throw std::bad_alloc();
  return copy;
}

void replaceBytes(AVPacket& packet, std::span<const std::uint8_t> bytes) {
  PacketPtr replaced = makePacket();
  if (av_new_packet(replaced.get(), static_cast<int>(bytes.size())) < 0 ||
      av_packet_copy_props(replaced.get(), &packet) < 0)
    throw std::bad_alloc();
  std::copy(bytes.begin(), bytes.end(), replaced->data);
  av_packet_unref(&packet);
  av_packet_move_ref(&packet, replaced.get());
}

std::string libavMessage(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

Error libavError(ErrorCode code, Stage stage, std::string message, int libavCode) {
  Error error;
  error.code = code;
  error.stage = stage;
  error.message = std::move(message);
  error.cause = libavMessage(libavCode);
  if (std::string line = LogScope::takeLastError(); !line.empty()) error.cause += ": " + line;
  return error;
}

}  // namespace millrace
