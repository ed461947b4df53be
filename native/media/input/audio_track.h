#pragma once

#include <optional>
#include <vector>

#include "media/input/adts.h"
#include "media/input/packet_parser.h"
#include "media/input/packet_source.h"
#include "media/input/parameter_changes.h"
#include "media/libav.h"

namespace millrace {

/// The source's audio track: makes every packet one coded frame, with AAC always in its raw form
/// (AudioSpecificConfig in the parameters, no ADTS header), so that every container can take it.
/// Owned and used by the reader's thread.
class AudioTrack {
 public:
  /// `whole`: the container delivers single frames (all but MPEG-TS do).
  AudioTrack(const AVStream& stream, bool whole);

  int streamIndex() const { return streamIndex_; }
  /// Complete (sample rate and channels known) from the first packet on.
  const Track& track() const { return track_; }

  /// Appends the frames that `packet` completes. A null packet ends the track.
  void accept(const AVStream& stream, PacketPtr packet, Clock::time_point arrived,
              std::vector<SourcePacket>& out);

 private:
  bool updateFromAdts(AVPacket& packet);
  void updateFromContainer(const AVStream& stream, const AVPacket& packet);
  void completeAac();
  void completeOpus();

  int streamIndex_;
  ParameterChanges changes_;
  Track track_;
  bool changed_ = true;
  std::optional<PacketParser> parser_;
  std::optional<AdtsHeader> adts_;
};

}  // namespace millrace
