#include "media/video/decoder.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <thread>
#include <utility>

#include "media/device/device_error.h"
#include "media/log_scope.h"

namespace millrace {
namespace {

// Past four slices per picture more threads only wait for each other.
constexpr int kMostSliceThreads = 4;
// A decoder holds at most 16 reference pictures; anything older was lost.
constexpr std::size_t kMostArrivals = 64;
// What a B-pyramid, the deepest structure in common use, reorders.
constexpr int kUsualReorder = 2;
constexpr int kPacketsToWatch = 32;
// Less than half a frame at 60 fps, more than rounding to milliseconds.
constexpr std::int64_t kReorderingUs = 8'000;
constexpr std::int64_t kDefaultFrameUs = 33'333;

const AVCodec* decoderFor(AVCodecID codec, bool byCard) {
  // libavcodec's own AV1 decoder needs a GPU; dav1d does not.
  if (codec == AV_CODEC_ID_AV1 && byCard) return avcodec_find_decoder_by_name("av1");
  if (codec == AV_CODEC_ID_AV1)
    if (const AVCodec* dav1d = avcodec_find_decoder_by_name("libdav1d")) return dav1d;
  return avcodec_find_decoder(codec);
}

// Nothing else would do: a decoder on the CPU wants other threads, and for AV1 is another one.
AVPixelFormat onCardOnly(AVCodecContext* /*context*/, const AVPixelFormat* offered) {
  for (; *offered != AV_PIX_FMT_NONE; ++offered)
    if (*offered == AV_PIX_FMT_CUDA) return *offered;
  return AV_PIX_FMT_NONE;
}

}  // namespace

bool Decoder::cardsDecode(AVCodecID codec) {
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_AV1 ||
         codec == AV_CODEC_ID_VP9;
}

Result<std::unique_ptr<Decoder>> Decoder::open(const Track& track, Tune tune,
                                               std::optional<int> mostThreads,
                                               std::shared_ptr<const CudaDevice> card) {
  const AVCodec* codec = decoderFor(track.parameters->codec_id, card != nullptr);
  if (codec == nullptr)
    return Error{.code = ErrorCode::kCodecUnsupported,
                 .stage = Stage::kDecode,
                 .message = std::string("There is no decoder for the source's video codec, ") +
                            avcodec_get_name(track.parameters->codec_id) + "."};
  CodecContextPtr context(avcodec_alloc_context3(codec));
  if (!context) throw std::bad_alloc();
  if (const int code = avcodec_parameters_to_context(context.get(), track.parameters.get());
      code < 0)
    return libavError(ErrorCode::kDecodeFailed, Stage::kDecode,
                      "The source's video parameters make no sense.", code);
  LogScope::adopt(*context);
  context->pkt_timebase = kMicroseconds;
  // A picture that refers to lost ones is shown as well as it can be, as every player does.
  context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Dictionary options;
  if (tune == Tune::kLatency) {
    // An MPEG-2 stream says itself whether it has B-frames, and libavcodec would not believe it.
    if (codec->id != AV_CODEC_ID_MPEG2VIDEO) context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->thread_type = FF_THREAD_SLICE;
    context->thread_count = std::min(cores, kMostSliceThreads);
    options.set("max_frame_delay", "1");
  } else {
    context->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
    context->thread_count = cores;
    if (codec->id == AV_CODEC_ID_H264)
      context->has_b_frames = std::max(context->has_b_frames, kUsualReorder);
  }
  if (card) {
    // Threads would only prepare what the card's unit does one after the other.
    context->thread_type = FF_THREAD_SLICE;
    context->thread_count = 1;
    context->get_format = onCardOnly;
    context->hw_device_ctx = av_buffer_ref(card->context());
    if (context->hw_device_ctx == nullptr) throw std::bad_alloc();
  }
  if (mostThreads) context->thread_count = std::min(context->thread_count, *mostThreads);
  if (const int code = avcodec_open2(context.get(), codec, options.address()); code < 0)
    return libavError(ErrorCode::kDecodeFailed, Stage::kDecode,
                      std::string("The video decoder ") + codec->name + " does not open.", code);
  return std::unique_ptr<Decoder>(new Decoder(std::move(context), std::move(card)));
}

Decoder::Decoder(CodecContextPtr context, std::shared_ptr<const CudaDevice> card)
    : card_(std::move(card)), context_(std::move(context)), frame_(makeFrame()) {}

// libavcodec has asked for a format by then, and got none.
bool Decoder::refusedByCard() const {
  return card_ && context_->sw_pix_fmt != AV_PIX_FMT_NONE && context_->hwaccel == nullptr;
}

// What is wrong with the stream has codes of its own in libavcodec.
Error Decoder::failure(std::string message, int code) const {
  const bool driver =
      code == AVERROR_EXTERNAL || code == AVERROR_UNKNOWN || code == AVERROR(ENOMEM);
  if (card_ && driver)
    return deviceError("The card " + card_->label() + " does not decode the source.", code);
  return libavError(ErrorCode::kDecodeFailed, Stage::kDecode, std::move(message), code);
}

double Decoder::fps() const {
  const AVRational rate = context_->framerate;
  return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
}

Result<void> Decoder::decode(const AVPacket* packet, Clock::time_point arrived,
                             const OnFrame& onFrame) {
  if (packet != nullptr) {
    arrivals_[packet->pts] = arrived;
    if (arrivals_.size() > kMostArrivals) arrivals_.erase(arrivals_.begin());
    watchReordering(*packet);
  }
  int code = avcodec_send_packet(context_.get(), packet);
  if (code == AVERROR(EAGAIN)) {
    if (Result<void> received = receive(onFrame); !received) return received;
    code = avcodec_send_packet(context_.get(), packet);
  }
  if (code < 0 && code != AVERROR_EOF)
    return failure("An access unit of the source cannot be decoded.", code);
  return receive(onFrame);
}

// H.264 need not say how many pictures its B-frames reorder, and libavcodec then assumes none until
// it meets one out of order, whose picture is lost. The first packet whose distance from pts to dts
// differs comes before that picture.
void Decoder::watchReordering(const AVPacket& packet) {
  if (context_->codec_id != AV_CODEC_ID_H264 || packetsWatched_ >= kPacketsToWatch) return;
  ++packetsWatched_;
  const std::int64_t offsetUs = packet.pts - packet.dts;
  if (!firstOffsetUs_) firstOffsetUs_ = offsetUs;
  if (std::abs(offsetUs - *firstOffsetUs_) > kReorderingUs && context_->has_b_frames == 0)
    context_->has_b_frames = kUsualReorder;
}

Result<void> Decoder::receive(const OnFrame& onFrame) {
  for (;;) {
    const int code = avcodec_receive_frame(context_.get(), frame_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return failure("A picture of the source cannot be decoded.", code);
    std::int64_t timestamp =
        frame_->pts != AV_NOPTS_VALUE ? frame_->pts : frame_->best_effort_timestamp;
    const double rate = fps();
    const std::int64_t step = rate > 0 ? static_cast<std::int64_t>(1e6 / rate) : kDefaultFrameUs;
    if (timestamp == AV_NOPTS_VALUE)
      timestamp = lastTimestampUs_ == AV_NOPTS_VALUE ? 0 : lastTimestampUs_ + step;
    lastTimestampUs_ = timestamp;

    DecodedFrame decoded;
    decoded.timestampUs = timestamp;
    decoded.byCard = frame_->format == AV_PIX_FMT_CUDA;
    const auto arrival = arrivals_.find(timestamp);
    decoded.arrived = arrival != arrivals_.end() ? arrival->second : Clock::now();
    if (arrival != arrivals_.end()) arrivals_.erase(arrivals_.begin(), std::next(arrival));
    decoded.frame = makeFrame();
    av_frame_move_ref(decoded.frame.get(), frame_.get());
    decoded.frame->pts = timestamp;
    onFrame(std::move(decoded));
  }
}

}  // namespace millrace
