#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/frame.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "media/error.h"

/// Owners for libav's objects. Each frees what it holds; none is shared between threads at a time.
namespace millrace {

struct PacketDeleter {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct CodecContextDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct CodecParametersDeleter {
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
};
struct InputFormatDeleter {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};
struct OutputFormatDeleter {
  void operator()(AVFormatContext* context) const { avformat_free_context(context); }
};
struct IoContextDeleter {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};
struct ParserDeleter {
  void operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
};
struct BitstreamFilterDeleter {
  void operator()(AVBSFContext* filter) const { av_bsf_free(&filter); }
};
struct BufferDeleter {
  void operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
};

using PacketPtr = std::unique_ptr<AVPacket, PacketDeleter>;
using FramePtr = std::unique_ptr<AVFrame, FrameDeleter>;
using CodecContextPtr = std::unique_ptr<AVCodecContext, CodecContextDeleter>;
using CodecParametersPtr = std::unique_ptr<AVCodecParameters, CodecParametersDeleter>;
using InputFormatPtr = std::unique_ptr<AVFormatContext, InputFormatDeleter>;
using OutputFormatPtr = std::unique_ptr<AVFormatContext, OutputFormatDeleter>;
using IoContextPtr = std::unique_ptr<AVIOContext, IoContextDeleter>;
using ParserPtr = std::unique_ptr<AVCodecParserContext, ParserDeleter>;
using BufferPtr = std::unique_ptr<AVBufferRef, BufferDeleter>;
using BitstreamFilterPtr = std::unique_ptr<AVBSFContext, BitstreamFilterDeleter>;

/// Options for one libav call; what the call did not take stays inside.
class Dictionary {
 public:
  Dictionary() = default;
  ~Dictionary() { av_dict_free(&dictionary_); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  void set(const char* key, const std::string& value) {
    av_dict_set(&dictionary_, key, value.c_str(), 0);
  }
  AVDictionary** address() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

/// The timeline all stages share: microseconds. It holds MPEG-TS's 90 kHz and FLV's milliseconds
/// exactly there and back.
inline constexpr AVRational kMicroseconds{1, 1'000'000};

/// Throw std::bad_alloc when memory is out, as `new` does.
PacketPtr makePacket();
FramePtr makeFrame();
/// A second reference to the same data.
PacketPtr clone(const AVPacket& packet);
FramePtr clone(const AVFrame& frame);
CodecParametersPtr clone(const AVCodecParameters& parameters);
/// Gives a packet other bytes, copied; the rest of it stays. `bytes` may be of its own.
void replaceBytes(AVPacket& packet, std::span<const std::uint8_t> bytes);

/// libav's own sentence for one of its negative return codes.
std::string libavMessage(int code);
/// An error whose cause is what libav returned, with the last line it logged on this thread.
Error libavError(ErrorCode code, Stage stage, std::string message, int libavCode);

}  // namespace millrace
