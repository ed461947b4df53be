#include "media/input/video_track.h"

#include <algorithm>
#include <new>
#include <span>
#include <utility>

#include "media/input/stream_rotation.h"

namespace millrace {

VideoTrack::VideoTrack(const AVStream& stream, bool whole)
    : streamIndex_(stream.index), whole_(whole) {
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

void VideoTrack::updateParameters(const AVStream& stream, const AVPacket& packet) {
  std::size_t size = 0;
  const std::uint8_t* fresh = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  const AVCodecParameters& seen = *stream.codecpar;
  std::span<const std::uint8_t> extradata(
      fresh != nullptr ? fresh : seen.extradata,
      fresh != nullptr ? size : static_cast<std::size_t>(seen.extradata_size));
  const std::span<const std::uint8_t> known(
      track_.parameters->extradata, static_cast<std::size_t>(track_.parameters->extradata_size));
  const bool same = seen.codec_id == track_.parameters->codec_id &&
                    std::equal(extradata.begin(), extradata.end(), known.begin(), known.end());
  if (same) return;
  track_.parameters = clone(seen);
  if (fresh != nullptr) {
    av_freep(&track_.parameters->extradata);
    track_.parameters->extradata =
        static_cast<std::uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    if (track_.parameters->extradata == nullptr) throw std::bad_alloc();
    std::copy_n(fresh, size, track_.parameters->extradata);
    track_.parameters->extradata_size = static_cast<int>(size);
  }
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
