#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "media/input/packet_source.h"
#include "media/libav.h"

struct SwrContext;
struct AVAudioFifo;

namespace millrace {

struct ResamplerDeleter {
  void operator()(SwrContext* context) const;
};
struct SampleFifoDeleter {
  void operator()(AVAudioFifo* fifo) const;
};

/// Decodes any audio and encodes it to AAC-LC or Opus, mono or stereo. Once per job and codec:
/// every output that is to have it gets the same frames. Survives changes of the source's rate and
/// layout without changing its output. Owned and used by one thread, the audio stage's.
class AudioEncoder {
 public:
  using OnPacket = std::function<void(PacketPtr&&)>;

  /// `codec`: AAC or Opus.
  static Result<std::unique_ptr<AudioEncoder>> open(const Track& source, AVCodecID codec);

  /// From now on packets are of `source`.
  Result<void> changeSource(const Track& source);
  /// Transcodes one packet (timestamps in microseconds); null drains. Damaged packets are passed
  /// over.
  Result<void> encode(const AVPacket* packet, const OnPacket& onPacket);
  CodecParametersPtr parameters() const;

 private:
  AudioEncoder() = default;

  Result<void> openDecoder(const Track& source);
  Result<void> openEncoder(const Track& source, AVCodecID codec);
  Result<void> resample(const AVFrame* frame);
  Result<void> encodeFifo(bool ending, const OnPacket& onPacket);
  Result<void> send(AVFrame* frame, const OnPacket& onPacket);

  CodecContextPtr decoder_;
  CodecContextPtr encoder_;
  std::unique_ptr<SwrContext, ResamplerDeleter> resampler_;
  std::unique_ptr<AVAudioFifo, SampleFifoDeleter> fifo_;
  FramePtr decoded_;
  int inputFormat_ = -1;
  int inputRate_ = 0;
  int inputChannels_ = 0;
  std::int64_t firstTimestampUs_ = AV_NOPTS_VALUE;
  std::int64_t nextTimestampUs_ = AV_NOPTS_VALUE;  ///< Of the first sample in the fifo.
};

}  // namespace millrace
