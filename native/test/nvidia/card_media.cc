#include "card_media.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

namespace millrace {
namespace {

std::mutex logMutex;
std::string logText;

void keepErrors(void*, int level, const char* format, std::va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  std::array<char, 1024> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  const std::lock_guard lock(logMutex);
  logText += line.data();
}

AVPixelFormat chooseCuda(AVCodecContext*, const AVPixelFormat* offered) {
  for (; *offered != AV_PIX_FMT_NONE; ++offered)
    if (*offered == AV_PIX_FMT_CUDA) return *offered;
  return AV_PIX_FMT_NONE;
}

}  // namespace

ErrorLog::ErrorLog() {
  logText.clear();
  av_log_set_callback(keepErrors);
}

ErrorLog::~ErrorLog() { av_log_set_callback(av_log_default_callback); }

std::string ErrorLog::text() {
  const std::lock_guard lock(logMutex);
  return logText;
}

BufferPtr openCard(int card, int* error) {
  AVDictionary* options = nullptr;
  av_dict_set(&options, "primary_ctx", "1", 0);
  AVBufferRef* device = nullptr;
  const int status = av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_CUDA,
                                            std::to_string(card).c_str(), options, 0);
  av_dict_free(&options);
  if (error != nullptr) *error = status;
  return BufferPtr(device);
}

BufferPtr framesOn(AVBufferRef* device, AVPixelFormat format, int width, int height) {
  BufferPtr frames(av_hwframe_ctx_alloc(device));
  auto& context = *reinterpret_cast<AVHWFramesContext*>(frames->data);
  context.format = AV_PIX_FMT_CUDA;
  context.sw_format = format;
  context.width = width;
  context.height = height;
  if (av_hwframe_ctx_init(frames.get()) < 0) frames.reset();
  return frames;
}

FramePtr hostPicture(AVPixelFormat format, int width, int height, int index) {
  FramePtr picture(av_frame_alloc());
  picture->format = format;
  picture->width = width;
  picture->height = height;
  EXPECT_GE(av_frame_get_buffer(picture.get(), 0), 0);
  picture->pts = index;
  const AVPixFmtDescriptor& layout = *av_pix_fmt_desc_get(format);
  unsigned noise = 12345U + static_cast<unsigned>(index);
  for (int component = 0; component < 3; ++component) {
    const auto& [plane, step, offset, shift, depth] = layout.comp[component];
    const int halved = component == 0 ? 0 : 1;
    for (int y = 0; y < height >> halved; ++y)
      for (int x = 0; x < width >> halved; ++x) {
        noise = noise * 1664525U + 1013904223U;
        picture->data[plane][y * picture->linesize[plane] + x * step + offset] =
            static_cast<std::uint8_t>(64 + (x * 2 + y * (component + 1) + index * 5) % 128 +
                                      static_cast<int>(noise >> 29));
      }
  }
  return picture;
}

FramePtr upload(AVBufferRef* frames, const AVFrame& picture) {
  FramePtr uploaded(av_frame_alloc());
  if (av_hwframe_get_buffer(frames, uploaded.get(), 0) < 0 ||
      av_hwframe_transfer_data(uploaded.get(), &picture, 0) < 0)
    return nullptr;
  uploaded->pts = picture.pts;
  return uploaded;
}

FramePtr download(const AVFrame& picture, AVPixelFormat format) {
  FramePtr downloaded(av_frame_alloc());
  downloaded->format = format;
  if (av_hwframe_transfer_data(downloaded.get(), &picture, 0) < 0) return nullptr;
  av_frame_copy_props(downloaded.get(), &picture);
  return downloaded;
}

FramePtr toPlanar(const AVFrame& picture) {
  EXPECT_EQ(picture.format, AV_PIX_FMT_NV12);
  FramePtr planar = hostPicture(AV_PIX_FMT_YUV420P, picture.width, picture.height, 0);
  av_image_copy_plane(planar->data[0], planar->linesize[0], picture.data[0], picture.linesize[0],
                      picture.width, picture.height);
  for (int y = 0; y < picture.height / 2; ++y)
    for (int x = 0; x < picture.width / 2; ++x)
      for (int plane : {1, 2})
        planar->data[plane][y * planar->linesize[plane] + x] =
            picture.data[1][y * picture.linesize[1] + 2 * x + plane - 1];
  return planar;
}

std::vector<std::uint8_t> visibleBytes(const AVFrame& picture) {
  const auto format = static_cast<AVPixelFormat>(picture.format);
  const int size = av_image_get_buffer_size(format, picture.width, picture.height, 1);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  av_image_copy_to_buffer(bytes.data(), size, picture.data, picture.linesize, format, picture.width,
                          picture.height, 1);
  return bytes;
}

double meanSquaredError(const AVFrame& a, const AVFrame& b) {
  const std::vector<std::uint8_t> left = visibleBytes(a);
  const std::vector<std::uint8_t> right = visibleBytes(b);
  EXPECT_EQ(left.size(), right.size());
  double sum = 0;
  for (std::size_t index = 0; index < left.size(); ++index)
    sum += (left[index] - right[index]) * (left[index] - right[index]);
  return sum / static_cast<double>(left.size());
}

CodecContextPtr openDecoder(AVCodecID codec, AVBufferRef* device) {
  CodecContextPtr decoder(avcodec_alloc_context3(avcodec_find_decoder(codec)));
  decoder->thread_count = 1;
  if (device != nullptr) {
    decoder->hw_device_ctx = av_buffer_ref(device);
    decoder->get_format = chooseCuda;
  }
  EXPECT_GE(avcodec_open2(decoder.get(), nullptr, nullptr), 0);
  return decoder;
}

int decode(AVCodecContext& decoder, const AVPacket* packet, std::vector<FramePtr>& pictures) {
  if (const int status = avcodec_send_packet(&decoder, packet); status < 0) return status;
  while (true) {
    FramePtr picture(av_frame_alloc());
    const int status = avcodec_receive_frame(&decoder, picture.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return 0;
    if (status < 0) return status;
    if (decoder.hw_device_ctx != nullptr) {
      EXPECT_EQ(picture->format, AV_PIX_FMT_CUDA);
      picture = download(*picture, AV_PIX_FMT_NV12);
    }
    pictures.push_back(std::move(picture));
  }
}

std::vector<FramePtr> decodeAll(AVCodecID codec, const std::vector<PacketPtr>& packets,
                                AVBufferRef* device) {
  const CodecContextPtr decoder = openDecoder(codec, device);
  std::vector<FramePtr> pictures;
  for (const PacketPtr& packet : packets) EXPECT_EQ(decode(*decoder, packet.get(), pictures), 0);
  EXPECT_EQ(decode(*decoder, nullptr, pictures), 0);
  return pictures;
}

int encode(AVCodecContext& encoder, const AVFrame* picture, std::vector<PacketPtr>& packets) {
  if (const int status = avcodec_send_frame(&encoder, picture); status < 0) return status;
  while (true) {
    PacketPtr packet(av_packet_alloc());
    const int status = avcodec_receive_packet(&encoder, packet.get());
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return 0;
    if (status < 0) return status;
    packets.push_back(std::move(packet));
  }
}

std::vector<PacketPtr> readVideo(const std::string& path, std::size_t most) {
  AVFormatContext* opened = nullptr;
  EXPECT_GE(avformat_open_input(&opened, path.c_str(), nullptr, nullptr), 0);
  const InputFormatPtr input(opened);
  EXPECT_GE(avformat_find_stream_info(input.get(), nullptr), 0);
  const int video = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  std::vector<PacketPtr> packets;
  while (packets.size() < most) {
    PacketPtr packet(av_packet_alloc());
    if (av_read_frame(input.get(), packet.get()) < 0) break;
    if (packet->stream_index == video) packets.push_back(std::move(packet));
  }
  return packets;
}

std::vector<PacketPtr> encodeByX264(int width, int height, int count, const std::string& params) {
  CodecContextPtr encoder(avcodec_alloc_context3(avcodec_find_encoder_by_name("libx264")));
  encoder->width = width;
  encoder->height = height;
  encoder->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder->time_base = {1, 25};
  encoder->framerate = {25, 1};
  av_opt_set(encoder->priv_data, "preset", "medium", 0);
  av_opt_set(encoder->priv_data, "x264-params", params.c_str(), 0);
  EXPECT_GE(avcodec_open2(encoder.get(), nullptr, nullptr), 0);
  std::vector<PacketPtr> packets;
  for (int index = 0; index < count; ++index)
    EXPECT_EQ(
        encode(*encoder, hostPicture(AV_PIX_FMT_YUV420P, width, height, index).get(), packets), 0);
  EXPECT_EQ(encode(*encoder, nullptr, packets), 0);
  return packets;
}

}  // namespace millrace
