#include "media/input/video_track.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "media/av1_ts.h"
#include "media/input/stream_rotation.h"

namespace millrace {

VideoTrack::VideoTrack(const AVStream& stream, bool whole)
    : streamIndex_(stream.index), whole_(whole), changes_(*stream.codecpar) {
  track_.parameters = clone(*stream.codecpar);
  track_.timeBase = stream.time_base;
  track_.wrapBits = stream.pts_wrap_bits;
  track_.orientation = orientationOf(stream);
  if (stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0)
    track_.fps = av_q2d(stream.avg_frame_rate);
  else if (stream.r_frame_rate.num > 0 && stream.r_frame_rate.den > 0)
    track_.fps = av_q2d(stream.r_frame_rate);
  inspectFrom(*track_.parameters);
}

void VideoTrack::accept(const AVStream& stream, PacketPtr packet, Clock::time_point arrived,
                        std::vector<SourcePacket>& out) {
  if (packet) {
    if (!whole_ && stream.codecpar->codec_id == AV_CODEC_ID_AV1) takeFromTsObus(*packet);
    updateParameters(stream, *packet);
    if (inspector_ && !parser_) {
      const AccessUnitInfo unit =
          inspector_->inspect({packet->data, static_cast<std::size_t>(packet->size)});
      // Parameter sets stand where the encoder means a decoder to be able to start, also in streams
      // whose I pictures carry no other mark.
      if (unit.keyframe || unit.hasParameterSets) packet->flags |= AV_PKT_FLAG_KEY;
      if (!whole_ && !unit.isOneAccessUnit())
        parser_ = PacketParser::forStream(*track_.parameters, track_.timeBase);
    }
  }
  if (!parser_) {
    if (packet) emit(std::move(packet), arrived, out);
    return;
  }
  // The parser gives a picture when it sees the next one, so what it gives arrived one packet ago.
  std::vector<PacketPtr> units;
  parser_->parse(packet.get(), units);
  for (PacketPtr& unit : units) emit(std::move(unit), previousArrived_, out);
  previousArrived_ = arrived;
}

// A transport stream describes AV1 in the access units alone.
void VideoTrack::takeFromTsObus(AVPacket& packet) {
  const Av1AccessUnit unit = fromTsObus({packet.data, static_cast<std::size_t>(packet.size)});
  replaceBytes(packet, unit.bytes);
  if (unit.sequenceHeader.empty()) return;
  packet.flags |= AV_PKT_FLAG_KEY;
  const AVCodecParameters& known = *track_.parameters;
  if (std::equal(unit.sequenceHeader.begin(), unit.sequenceHeader.end(), known.extradata,
                 known.extradata + known.extradata_size))
    return;
  track_.parameters = clone(known);
  setExtradata(*track_.parameters, unit.sequenceHeader);
  changed_ = true;
}

void VideoTrack::updateParameters(const AVStream& stream, const AVPacket& packet) {
  CodecParametersPtr fresh = changes_.describedBy(stream, packet);
  if (!fresh) return;
  track_.parameters = std::move(fresh);
  inspectFrom(*track_.parameters);
  changed_ = true;
}

void VideoTrack::inspectFrom(const AVCodecParameters& parameters) {
  inspector_.reset();
  if (AccessUnitInspector::understands(parameters.codec_id))
    inspector_.emplace(
        parameters.codec_id,
        std::span<const std::uint8_t>(parameters.extradata,
                                      static_cast<std::size_t>(parameters.extradata_size)));
}

void VideoTrack::emit(PacketPtr packet, Clock::time_point arrived, std::vector<SourcePacket>& out) {
  SourcePacket result;
  result.packet = std::move(packet);
  result.video = true;
  result.trackChanged = std::exchange(changed_, false);
  result.arrived = arrived;
  out.push_back(std::move(result));
}

}  // namespace millrace
