#include "media/video/encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <string_view>
#include <utility>

#include "media/log_scope.h"

namespace millrace {
namespace {

// Keyframes come from the timeline's grid alone; the encoder's own interval is out of reach.
constexpr int kNoIntervalFrames = 100'000;

AVRational rateOf(double fps) { return av_d2q(fps > 0 ? fps : 30.0, 1'001'000); }

std::string nvencPreset(const std::string& preset) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kPresets{{
      {"ultrafast", "p1"},
      {"superfast", "p1"},
      {"veryfast", "p2"},
      {"faster", "p3"},
      {"fast", "p4"},
      {"medium", "p4"},
      {"slow", "p5"},
      {"slower", "p6"},
      {"veryslow", "p7"},
  }};
  for (const auto& [name, mapped] : kPresets)
    if (name == preset) return std::string(mapped);
  return preset;
}

void setX264(Dictionary& dictionary, const RenditionOptions& rendition,
             const Encoder::Options& options) {
  dictionary.set("preset", rendition.preset);
  if (options.tune == Tune::kLatency) dictionary.set("tune", "zerolatency");
  if (!rendition.encoderProfile.empty()) dictionary.set("profile", rendition.encoderProfile);
  dictionary.set("forced-idr", "1");
  // Keyframes of its own would not fall on the other renditions'.
  dictionary.set("sc_threshold", "0");
  dictionary.set("a53cc", "1");
  dictionary.set("udu_sei", "1");
}

void setNvenc(Dictionary& dictionary, const RenditionOptions& rendition,
              const Encoder::Options& options) {
  dictionary.set("preset", nvencPreset(rendition.preset));
  if (!rendition.encoderProfile.empty()) dictionary.set("profile", rendition.encoderProfile);
  dictionary.set("forced-idr", "1");
  dictionary.set("no-scenecut", "1");
  dictionary.set("a53cc", "1");
  dictionary.set("udu_sei", "1");
  dictionary.set("gpu", std::to_string(options.accel.device));
  if (options.tune == Tune::kLatency) {
    // Without these NVENC holds back as many pictures as it has surfaces.
    dictionary.set("tune", "ull");
    dictionary.set("delay", "0");
    dictionary.set("zerolatency", "1");
    dictionary.set("rc-lookahead", "0");
  }
}

const char* encoderName(VideoCodec codec, bool nvidia) {
  if (codec == VideoCodec::kHevc) return nvidia ? "hevc_nvenc" : nullptr;
  return nvidia ? "h264_nvenc" : "libx264";
}

CodecContextPtr configure(const AVCodec& codec, const RenditionOptions& rendition,
                          const Encoder::Options& options, const AVFrame& picture) {
  CodecContextPtr context(avcodec_alloc_context3(&codec));
  if (!context) throw std::bad_alloc();
  LogScope::adopt(*context);
  context->width = options.size.width;
  context->height = options.size.height;
  context->pix_fmt = static_cast<AVPixelFormat>(picture.format);
  context->sample_aspect_ratio = options.size.sampleAspect;
  context->time_base = kMicroseconds;
  context->framerate = rateOf(options.fps);
  context->color_range = picture.color_range;
  context->color_primaries = picture.color_primaries;
  context->color_trc = picture.color_trc;
  context->colorspace = picture.colorspace;
  context->chroma_sample_location = picture.chroma_location;
  if (rendition.bitrateBps > 0) {
    context->bit_rate = rendition.bitrateBps;
    context->rc_max_rate = rendition.bitrateBps;
    context->rc_buffer_size =
        static_cast<int>(std::min<std::int64_t>(rendition.bitrateBps, INT_MAX));
  }
  context->gop_size = rendition.gop.count() == 0 ? 0 : kNoIntervalFrames;
  context->thread_count = options.threads;
  if (options.tune == Tune::kLatency) context->max_b_frames = 0;
  if (options.globalHeader) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  return context;
}

}  // namespace

Result<std::unique_ptr<Encoder>> Encoder::open(const RenditionOptions& rendition,
                                               const Options& options, const AVFrame& picture) {
  std::optional<Error> failure;
  for (const bool nvidia : {true, false}) {
    if (nvidia && options.accel.kind == AccelKind::kNone) continue;
    if (!nvidia && options.accel.kind == AccelKind::kNvidia) continue;
    if (nvidia && !fitsNvenc(options.size, rendition.codec)) continue;
    const char* name = encoderName(rendition.codec, nvidia);
    const AVCodec* codec = name != nullptr ? avcodec_find_encoder_by_name(name) : nullptr;
    if (codec == nullptr) continue;
    CodecContextPtr context = configure(*codec, rendition, options, picture);
    Dictionary dictionary;
    if (nvidia)
      setNvenc(dictionary, rendition, options);
    else
      setX264(dictionary, rendition, options);
    const int code = avcodec_open2(context.get(), codec, dictionary.address());
    if (code >= 0) return std::unique_ptr<Encoder>(new Encoder(std::move(context)));
    failure = libavError(nvidia ? ErrorCode::kDeviceUnavailable : ErrorCode::kEncodeFailed,
                         nvidia ? Stage::kDevice : Stage::kEncode,
                         std::string("The encoder ") + name + " does not open.", code);
  }
  if (failure) return *failure;
  return Error{.code = ErrorCode::kCodecUnsupported,
               .stage = Stage::kEncode,
               .message = rendition.codec == VideoCodec::kHevc
                              ? "HEVC renditions are encoded by NVIDIA cards alone, and this job "
                                "has none to use."
                              : "This build of Millrace has no H.264 encoder for the CPU."};
}

Result<void> Encoder::encode(AVFrame* picture, bool keyframe, const OnPacket& onPacket) {
  if (picture != nullptr) picture->pict_type = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  const int code = avcodec_send_frame(context_.get(), picture);
  if (code < 0 && code != AVERROR_EOF)
    return libavError(ErrorCode::kEncodeFailed, Stage::kEncode, "A picture cannot be encoded.",
                      code);
  return receive(onPacket);
}

Result<void> Encoder::receive(const OnPacket& onPacket) {
  for (;;) {
    PacketPtr packet = makePacket();
    const int code = avcodec_receive_packet(context_.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0)
      return libavError(ErrorCode::kEncodeFailed, Stage::kEncode, "A picture cannot be encoded.",
                        code);
    onPacket(std::move(packet));
  }
}

CodecParametersPtr Encoder::parameters() const {
  CodecParametersPtr parameters(avcodec_parameters_alloc());
  if (!parameters || avcodec_parameters_from_context(parameters.get(), context_.get()) < 0)
    throw std::bad_alloc();
  return parameters;
}

bool Encoder::accepts(const AVFrame& picture) const {
  return picture.width == context_->width && picture.height == context_->height &&
         picture.format == context_->pix_fmt && picture.color_range == context_->color_range &&
         picture.colorspace == context_->colorspace;
}

}  // namespace millrace
