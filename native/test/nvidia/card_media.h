#pragma once

#include <memory>
#include <string>
#include <vector>

#include "media/libav.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
#include <libavutil/hwcontext.h>
}

namespace millrace {

/// What libav logs as an error while this lives: where a driver's answer is told in words. One at
/// a time.
class ErrorLog {
 public:
  ErrorLog();
  ~ErrorLog();
  ErrorLog(const ErrorLog&) = delete;
  ErrorLog& operator=(const ErrorLog&) = delete;

  static std::string text();
};

/// A card's primary context, by FFmpeg's own code; null, and `error`, when it cannot be had.
BufferPtr openCard(int card, int* error = nullptr);

/// A pool of frames on a card.
BufferPtr framesOn(AVBufferRef* device, AVPixelFormat format, int width, int height);

/// A picture in the host's memory that no other index has: slopes that move, and some noise.
FramePtr hostPicture(AVPixelFormat format, int width, int height, int index);

/// The same picture on a card, and back.
FramePtr upload(AVBufferRef* frames, const AVFrame& picture);
FramePtr download(const AVFrame& picture, AVPixelFormat format);

/// NV12 as three planes.
FramePtr toPlanar(const AVFrame& picture);

/// Every byte that shows of every plane.
std::vector<std::uint8_t> visibleBytes(const AVFrame& picture);

/// The mean of the squares of the differences of their bytes.
double meanSquaredError(const AVFrame& a, const AVFrame& b);

/// A decoder of one thread; with a device, one that decodes there or not at all.
CodecContextPtr openDecoder(AVCodecID codec, AVBufferRef* device = nullptr);

/// Everything the decoder now gives, downloaded when it lies on a card, which it must with a
/// device; null ends the stream.
int decode(AVCodecContext& decoder, const AVPacket* packet, std::vector<FramePtr>& pictures);

/// All pictures of a stream, in presentation order. With a device, decoded on its card and
/// downloaded; each must then have come from there.
std::vector<FramePtr> decodeAll(AVCodecID codec, const std::vector<PacketPtr>& packets,
                                AVBufferRef* device = nullptr);

/// Everything the encoder still gives for a picture; null ends the stream.
int encode(AVCodecContext& encoder, const AVFrame* picture, std::vector<PacketPtr>& packets);

/// The first packets of a file's video.
std::vector<PacketPtr> readVideo(const std::string& path, std::size_t most);

/// x264 with these options (`x264-params` syntax), 4:2:0, 25 pictures a second.
std::vector<PacketPtr> encodeByX264(int width, int height, int count, const std::string& params);

}  // namespace millrace
