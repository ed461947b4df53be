#include "media/video/encoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <string_view>
#include <utility>

#include "media/device/device_error.h"
#include "media/log_scope.h"
#include "media/video/encoder_settings.h"

namespace millrace {
namespace {

// Keyframes come from the timeline's grid alone; the encoder's own interval is out of reach.
constexpr int kNoIntervalFrames = 100'000;

AVRational rateOf(double fps) { return av_d2q(fps > 0 ? fps : 30.0, 1'001'000); }

/// One encoder that libavcodec may have.
struct Candidate {
  VideoCodec codec;
  bool nvidia;
  const char* name;
  void (*set)(AVCodecContext&, Dictionary&, const RenditionOptions&, const Encoder::Options&);
};

constexpr std::array<Candidate, 6> kCandidates{{
    {VideoCodec::kH264, true, "h264_nvenc", setNvenc},
    {VideoCodec::kH264, false, "libx264", setX264},
    {VideoCodec::kHevc, true, "hevc_nvenc", setNvenc},
    {VideoCodec::kHevc, false, "libx265", setX265},
    {VideoCodec::kAv1, true, "av1_nvenc", setNvenc},
    {VideoCodec::kAv1, false, "libsvtav1", setSvtAv1},
}};

const Candidate& candidateFor(VideoCodec codec, bool nvidia) {
  return *std::find_if(kCandidates.begin(), kCandidates.end(), [&](const Candidate& candidate) {
    return candidate.codec == codec && candidate.nvidia == nvidia;
  });
}

// A card's pictures carry their pool with them; others are copied into the encoder's own.
void place(AVCodecContext& context, const CudaDevice& card, const AVFrame& picture) {
  if (picture.hw_frames_ctx != nullptr)
    context.hw_frames_ctx = av_buffer_ref(picture.hw_frames_ctx);
  else
    context.hw_device_ctx = av_buffer_ref(card.context());
  if (context.hw_frames_ctx == nullptr && context.hw_device_ctx == nullptr) throw std::bad_alloc();
}

std::string_view displayName(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return "H.264";
    case VideoCodec::kHevc:
      return "HEVC";
    case VideoCodec::kAv1:
      return "AV1";
  }
  return "";
}

#if LIBAVCODEC_VERSION_MAJOR >= 61
void describe(AVCodecContext& context, const AVFrame& picture, AVFrameSideDataType inPicture,
              AVPacketSideDataType inContainer) {
  const AVFrameSideData* data = av_frame_get_side_data(&picture, inPicture);
  if (data == nullptr) return;
  AVPacketSideData* coded = av_packet_side_data_new(
      &context.coded_side_data, &context.nb_coded_side_data, inContainer, data->size, 0);
  if (coded == nullptr ||
      av_frame_side_data_clone(&context.decoded_side_data, &context.nb_decoded_side_data, data,
                               AV_FRAME_SIDE_DATA_FLAG_UNIQUE) < 0)
    throw std::bad_alloc();
  std::copy_n(data->data, data->size, coded->data);
}
#endif

// What an HDR picture says of the screen it was made on goes into the stream's own header, and the
// container's.
void takeHdrMetadata([[maybe_unused]] AVCodecContext& context,
                     [[maybe_unused]] const AVFrame& picture) {
#if LIBAVCODEC_VERSION_MAJOR >= 61
  describe(context, picture, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA,
           AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
  describe(context, picture, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, AV_PKT_DATA_CONTENT_LIGHT_LEVEL);
#endif
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
  if (options.tune == Tune::kLatency) context->max_b_frames = 0;
  if (options.globalHeader) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  takeHdrMetadata(*context, picture);
  return context;
}

}  // namespace

Result<std::unique_ptr<Encoder>> Encoder::open(const RenditionOptions& rendition,
                                               const Options& options, const AVFrame& picture) {
  const Candidate& candidate = candidateFor(rendition.codec, options.card != nullptr);
  const AVCodec* codec = avcodec_find_encoder_by_name(candidate.name);
  if (codec == nullptr)
    return Error{.code = ErrorCode::kCodecUnsupported,
                 .stage = Stage::kEncode,
                 .message = "This build of Millrace has no encoder for " +
                            std::string(displayName(rendition.codec)) + " that runs on " +
                            (options.card ? "an NVIDIA card." : "the CPU.")};
  CodecContextPtr context = configure(*codec, rendition, options, picture);
  if (options.card) place(*context, *options.card, picture);
  Dictionary settings;
  candidate.set(*context, settings, rendition, options);
  const int code = avcodec_open2(context.get(), codec, settings.address());
  if (code >= 0) return std::unique_ptr<Encoder>(new Encoder(std::move(context), options.card));
  std::string message = std::string("The encoder ") + candidate.name + " does not open.";
  if (options.card) return deviceError(std::move(message), code);
  return libavError(ErrorCode::kEncodeFailed, Stage::kEncode, std::move(message), code);
}

Error Encoder::failure(int code) const {
  constexpr const char* kMessage = "A picture cannot be encoded.";
  if (card_) return deviceError(kMessage, code);
  return libavError(ErrorCode::kEncodeFailed, Stage::kEncode, kMessage, code);
}

Result<void> Encoder::encode(AVFrame* picture, bool keyframe, const OnPacket& onPacket) {
  if (picture != nullptr) picture->pict_type = keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  const int code = avcodec_send_frame(context_.get(), picture);
  if (code < 0 && code != AVERROR_EOF) return failure(code);
  return receive(onPacket);
}

Result<void> Encoder::receive(const OnPacket& onPacket) {
  for (;;) {
    PacketPtr packet = makePacket();
    const int code = avcodec_receive_packet(context_.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return failure(code);
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
  // NVENC knows a card's pictures by address, which pictures of another pool may have had.
  const auto poolOf = [](const AVBufferRef* frames) {
    return frames != nullptr ? frames->data : nullptr;
  };
  if (poolOf(picture.hw_frames_ctx) != poolOf(context_->hw_frames_ctx)) return false;
  return picture.width == context_->width && picture.height == context_->height &&
         picture.format == context_->pix_fmt && picture.color_range == context_->color_range &&
         picture.colorspace == context_->colorspace;
}

}  // namespace millrace
