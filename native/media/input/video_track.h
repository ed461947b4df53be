#pragma once

#include <optional>
#include <vector>

#include "media/input/access_unit.h"
#include "media/input/packet_parser.h"
#include "media/input/packet_source.h"
#include "media/input/parameter_changes.h"
#include "media/libav.h"

namespace millrace {

/// The source's video track: makes every packet one whole access unit with its keyframe flag set,
/// and notices when the parameters change. Owned and used by the reader's thread.
class VideoTrack {
 public:
  /// `whole`: the container delivers whole access units (all but MPEG-TS do).
  VideoTrack(const AVStream& stream, bool whole);

  int streamIndex() const { return streamIndex_; }
  const Track& track() const { return track_; }

  /// Appends the access units that `packet` completes. A null packet ends the track.
  void accept(const AVStream& stream, PacketPtr packet, Clock::time_point arrived,
              std::vector<SourcePacket>& out);

 private:
  void takeFromTsObus(AVPacket& packet);
  void updateParameters(const AVStream& stream, const AVPacket& packet);
  void inspectFrom(const AVCodecParameters& parameters);
  void emit(PacketPtr packet, Clock::time_point arrived, std::vector<SourcePacket>& out);

  int streamIndex_;
  bool whole_;
  bool changed_ = true;
  ParameterChanges changes_;
  Track track_;
  std::optional<AccessUnitInspector> inspector_;
  std::optional<PacketParser> parser_;
  Clock::time_point previousArrived_{};
};

}  // namespace millrace
