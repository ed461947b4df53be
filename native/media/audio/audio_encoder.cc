#include "media/audio/audio_encoder.h"

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>
#include <utility>

namespace millrace {

void ResamplerDeleter::operator()(SwrContext* context) const { swr_free(&context); }
void SampleFifoDeleter::operator()(AVAudioFifo* fifo) const { av_audio_fifo_free(fifo); }

namespace {

constexpr std::int64_t kBitrateBps = 128'000;
// What Opus is decoded to, whatever it was encoded from.
constexpr int kOpusRate = 48'000;
constexpr std::array<int, 4> kRates{48'000, 44'100, 32'000, 24'000};
// Timestamps further than this from what the samples say are a gap or a jump, and are followed.
constexpr std::int64_t kDriftUs = 100'000;

int rateFor(int sourceRate, AVCodecID codec) {
  if (codec == AV_CODEC_ID_OPUS) return kOpusRate;
  return std::find(kRates.begin(), kRates.end(), sourceRate) != kRates.end() ? sourceRate : 48'000;
}

std::int64_t durationUs(std::int64_t samples, int rate) {
  return av_rescale_q(samples, AVRational{1, rate}, kMicroseconds);
}

Error unsupported(AVCodecID codec) {
  return Error{.code = ErrorCode::kCodecUnsupported,
               .stage = Stage::kDecode,
               .message = std::string("There is no decoder for the source's audio codec, ") +
                          avcodec_get_name(codec) + "."};
}

}  // namespace

Result<std::unique_ptr<AudioEncoder>> AudioEncoder::open(const Track& source, AVCodecID codec) {
  std::unique_ptr<AudioEncoder> encoder(new AudioEncoder());
  encoder->decoded_ = makeFrame();
  if (Result<void> opened = encoder->openDecoder(source); !opened) return opened.error();
  if (Result<void> opened = encoder->openEncoder(source, codec); !opened) return opened.error();
  return encoder;
}

Result<void> AudioEncoder::changeSource(const Track& source) { return openDecoder(source); }

Result<void> AudioEncoder::openDecoder(const Track& source) {
  const AVCodec* codec = avcodec_find_decoder(source.parameters->codec_id);
  if (codec == nullptr) return unsupported(source.parameters->codec_id);
  decoder_.reset(avcodec_alloc_context3(codec));
  if (!decoder_) throw std::bad_alloc();
  int code = avcodec_parameters_to_context(decoder_.get(), source.parameters.get());
  if (code >= 0) {
    decoder_->pkt_timebase = kMicroseconds;
    code = avcodec_open2(decoder_.get(), codec, nullptr);
  }
  if (code < 0)
    return libavError(ErrorCode::kDecodeFailed, Stage::kDecode, "The audio decoder does not open.",
                      code);
  return {};
}

Result<void> AudioEncoder::openEncoder(const Track& source, AVCodecID id) {
  const bool opus = id == AV_CODEC_ID_OPUS;
  // libavcodec's own Opus encoder is an experiment.
  const AVCodec* codec =
      opus ? avcodec_find_encoder_by_name("libopus") : avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (codec == nullptr)
    return Error{.code = ErrorCode::kCodecUnsupported,
                 .stage = Stage::kEncode,
                 .message = std::string("This build of Millrace has no ") +
                            (opus ? "Opus encoder." : "AAC encoder.")};
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_) throw std::bad_alloc();
  encoder_->sample_fmt = opus ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_FLTP;
  encoder_->sample_rate = rateFor(source.parameters->sample_rate, id);
  av_channel_layout_default(&encoder_->ch_layout,
                            source.parameters->ch_layout.nb_channels == 1 ? 1 : 2);
  encoder_->bit_rate = kBitrateBps;
  encoder_->time_base = AVRational{1, encoder_->sample_rate};
  // The AudioSpecificConfig goes into the parameters, from where each container takes it.
  encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (const int code = avcodec_open2(encoder_.get(), codec, nullptr); code < 0)
    return libavError(ErrorCode::kEncodeFailed, Stage::kEncode,
                      std::string("The audio encoder ") + codec->name + " does not open.", code);
  fifo_.reset(av_audio_fifo_alloc(encoder_->sample_fmt, encoder_->ch_layout.nb_channels,
                                  encoder_->frame_size * 2));
  if (!fifo_) throw std::bad_alloc();
  return {};
}

CodecParametersPtr AudioEncoder::parameters() const {
  CodecParametersPtr parameters(avcodec_parameters_alloc());
  if (!parameters || avcodec_parameters_from_context(parameters.get(), encoder_.get()) < 0)
    throw std::bad_alloc();
  return parameters;
}

Result<void> AudioEncoder::encode(const AVPacket* packet, const OnPacket& onPacket) {
  avcodec_send_packet(decoder_.get(), packet);
  while (avcodec_receive_frame(decoder_.get(), decoded_.get()) >= 0) {
    if (Result<void> resampled = resample(decoded_.get()); !resampled) return resampled;
    if (Result<void> encoded = encodeFifo(false, onPacket); !encoded) return encoded;
    av_frame_unref(decoded_.get());
  }
  if (packet != nullptr) return {};
  if (Result<void> resampled = resample(nullptr); !resampled) return resampled;
  if (Result<void> encoded = encodeFifo(true, onPacket); !encoded) return encoded;
  return send(nullptr, onPacket);
}

Result<void> AudioEncoder::resample(const AVFrame* frame) {
  if (frame != nullptr) {
    const bool changed = frame->format != inputFormat_ || frame->sample_rate != inputRate_ ||
                         frame->ch_layout.nb_channels != inputChannels_;
    if (changed) {
      SwrContext* fresh = nullptr;
      // Read only, but FFmpeg 5.1 declares it without const.
      auto* inputLayout = const_cast<AVChannelLayout*>(&frame->ch_layout);
      const int code = swr_alloc_set_opts2(
          &fresh, &encoder_->ch_layout, encoder_->sample_fmt, encoder_->sample_rate, inputLayout,
          static_cast<AVSampleFormat>(frame->format), frame->sample_rate, 0, nullptr);
      resampler_.reset(fresh);
      if (code < 0 || swr_init(fresh) < 0)
        return libavError(ErrorCode::kEncodeFailed, Stage::kEncode,
                          "The source's audio cannot be resampled.", code);
      inputFormat_ = frame->format;
      inputRate_ = frame->sample_rate;
      inputChannels_ = frame->ch_layout.nb_channels;
    }
    const std::int64_t inFifo = durationUs(av_audio_fifo_size(fifo_.get()), encoder_->sample_rate);
    if (frame->pts != AV_NOPTS_VALUE &&
        (nextTimestampUs_ == AV_NOPTS_VALUE ||
         std::llabs(frame->pts - (nextTimestampUs_ + inFifo)) > kDriftUs))
      nextTimestampUs_ = frame->pts - inFifo;
    if (firstTimestampUs_ == AV_NOPTS_VALUE) firstTimestampUs_ = nextTimestampUs_;
  }
  if (!resampler_) return {};
  const int most = swr_get_out_samples(resampler_.get(), frame != nullptr ? frame->nb_samples : 0);
  if (most <= 0) return {};
  FramePtr out = makeFrame();
  out->format = encoder_->sample_fmt;
  out->nb_samples = most;
  av_channel_layout_copy(&out->ch_layout, &encoder_->ch_layout);
  if (av_frame_get_buffer(out.get(), 0) < 0) throw std::bad_alloc();
  const int made = swr_convert(
      resampler_.get(), out->extended_data, most,
      frame != nullptr ? const_cast<const std::uint8_t**>(frame->extended_data) : nullptr,
      frame != nullptr ? frame->nb_samples : 0);
  if (made > 0 &&
      av_audio_fifo_write(fifo_.get(), reinterpret_cast<void**>(out->extended_data), made) < made)
    throw std::bad_alloc();
  return {};
}

Result<void> AudioEncoder::encodeFifo(bool ending, const OnPacket& onPacket) {
  const int frameSize = encoder_->frame_size;
  while (av_audio_fifo_size(fifo_.get()) >= frameSize ||
         (ending && av_audio_fifo_size(fifo_.get()) > 0)) {
    const int samples = std::min(frameSize, av_audio_fifo_size(fifo_.get()));
    FramePtr frame = makeFrame();
    frame->format = encoder_->sample_fmt;
    frame->nb_samples = samples;
    frame->sample_rate = encoder_->sample_rate;
    av_channel_layout_copy(&frame->ch_layout, &encoder_->ch_layout);
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(frame->extended_data), samples);
    frame->pts = av_rescale_q(nextTimestampUs_, kMicroseconds, encoder_->time_base);
    nextTimestampUs_ += durationUs(samples, encoder_->sample_rate);
    if (Result<void> sent = send(frame.get(), onPacket); !sent) return sent;
  }
  return {};
}

Result<void> AudioEncoder::send(AVFrame* frame, const OnPacket& onPacket) {
  const int code = avcodec_send_frame(encoder_.get(), frame);
  if (code < 0 && code != AVERROR_EOF)
    return libavError(ErrorCode::kEncodeFailed, Stage::kEncode, "Audio cannot be encoded.", code);
  for (;;) {
    PacketPtr packet = makePacket();
    if (avcodec_receive_packet(encoder_.get(), packet.get()) < 0) return {};
    av_packet_rescale_ts(packet.get(), encoder_->time_base, kMicroseconds);
    // The encoder's run-in lies before the source's first sample, where a container may have no
    // time.
    if (packet->pts < firstTimestampUs_) continue;
    onPacket(std::move(packet));
  }
}

}  // namespace millrace
