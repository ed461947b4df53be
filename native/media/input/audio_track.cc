#include "media/input/audio_track.h"

#include <utility>

#include "media/input/audio_specific_config.h"

namespace millrace {
namespace {

constexpr int kOpusSampleRate = 48'000;
/// In the identification header, RFC 7845 section 5.1.
constexpr int kOpusChannelsAt = 9;

}  // namespace

AudioTrack::AudioTrack(const AVStream& stream, bool whole)
    : streamIndex_(stream.index), changes_(*stream.codecpar) {
  track_.parameters = clone(*stream.codecpar);
  track_.timeBase = stream.time_base;
  track_.wrapBits = stream.pts_wrap_bits;
  completeAac();
  completeOpus();
  if (!whole) parser_ = PacketParser::forStream(*track_.parameters, stream.time_base);
}

void AudioTrack::accept(const AVStream& stream, PacketPtr packet, Clock::time_point arrived,
                        std::vector<SourcePacket>& out) {
  if (packet) updateFromContainer(stream, *packet);
  std::vector<PacketPtr> frames;
  if (parser_)
    parser_->parse(packet.get(), frames);
  else if (packet)
    frames.push_back(std::move(packet));
  for (PacketPtr& frame : frames) {
    if (track_.parameters->codec_id == AV_CODEC_ID_AAC && !updateFromAdts(*frame)) continue;
    if (parser_ && track_.parameters->sample_rate == 0 && parser_->sampleRate() > 0) {
      track_.parameters->sample_rate = parser_->sampleRate();
      av_channel_layout_copy(&track_.parameters->ch_layout, &parser_->channelLayout());
      changed_ = true;
    }
    SourcePacket result;
    result.packet = std::move(frame);
    result.trackChanged = std::exchange(changed_, false);
    result.arrived = arrived;
    out.push_back(std::move(result));
  }
}

// False: a frame too damaged to be passed on.
bool AudioTrack::updateFromAdts(AVPacket& packet) {
  const std::optional<AdtsHeader> header =
      parseAdts({packet.data, static_cast<std::size_t>(packet.size)});
  if (!header) return !adts_.has_value();
  // Channels described inside the frame cannot be told to another container: such audio keeps its
  // header, and whoever needs it elsewhere encodes it anew.
  if (header->channelConfiguration == 0) return true;
  if (!adts_ || !adts_->sameFormat(*header)) {
    adts_ = header;
    const auto config = header->audioSpecificConfig();
    setExtradata(*track_.parameters, config);
    track_.parameters->sample_rate = header->sampleRate();
    track_.parameters->profile = header->objectType - 1;
    track_.parameters->frame_size = 1024;
    av_channel_layout_uninit(&track_.parameters->ch_layout);
    av_channel_layout_default(&track_.parameters->ch_layout, header->channels());
    changed_ = true;
  }
  packet.data += header->headerBytes;
  packet.size -= static_cast<int>(header->headerBytes);
  if (packet.duration <= 0)
    packet.duration = av_rescale_q(1024, AVRational{1, header->sampleRate()}, track_.timeBase);
  return packet.size > 0;
}

void AudioTrack::updateFromContainer(const AVStream& stream, const AVPacket& packet) {
  if (adts_) return;
  CodecParametersPtr fresh = changes_.describedBy(stream, packet);
  if (!fresh) return;
  track_.parameters = std::move(fresh);
  completeAac();
  completeOpus();
  changed_ = true;
}

// FLV says 44100 Hz and stereo of every AAC, and of one that changes MP4 tells what the first was.
void AudioTrack::completeAac() {
  AVCodecParameters& parameters = *track_.parameters;
  if (parameters.codec_id != AV_CODEC_ID_AAC) return;
  const auto config = parseAudioSpecificConfig(
      {parameters.extradata, static_cast<std::size_t>(parameters.extradata_size)});
  if (!config) return;
  parameters.sample_rate = config->sampleRate;
  if (config->channels == 0) return;
  av_channel_layout_uninit(&parameters.ch_layout);
  av_channel_layout_default(&parameters.ch_layout, config->channels);
}

// Opus always counts at 48 kHz, and a transport stream tells its channels in the header that
// libavformat makes of its descriptor, and nowhere else.
void AudioTrack::completeOpus() {
  AVCodecParameters& parameters = *track_.parameters;
  if (parameters.codec_id != AV_CODEC_ID_OPUS || parameters.sample_rate > 0) return;
  if (parameters.extradata_size <= kOpusChannelsAt) return;
  parameters.sample_rate = kOpusSampleRate;
  av_channel_layout_uninit(&parameters.ch_layout);
  av_channel_layout_default(&parameters.ch_layout, parameters.extradata[kOpusChannelsAt]);
}

}  // namespace millrace
