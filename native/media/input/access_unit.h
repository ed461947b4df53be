#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

extern "C" {
#include <libavcodec/codec_id.h>
}

#include "media/input/h264_parameters.h"

namespace millrace {

/// What one packet of coded video holds.
struct AccessUnitInfo {
  /// A decoder can start here: IDR or recovery point (H.264), IRAP (HEVC), I picture (MPEG-2). The
  /// same packets that libavformat's parser flags.
  bool keyframe = false;
  /// Pictures that start in the packet; the two fields of one frame count as one. More than 1: the
  /// packet needs a parser to take it apart. When in doubt the larger number. 0: parameter sets or
  /// SEI alone, or only the rest of a picture.
  int pictureStarts = 0;
  /// The first slice belongs to a picture that started in an earlier packet: needs a parser too.
  bool startsInMidPicture = false;
  /// SPS (H.264, HEVC) or sequence header (MPEG-2) inside.
  bool hasParameterSets = false;
  /// The framing is broken: a length that leaves the packet, or no start code at all.
  bool malformed = false;

  /// Whether the packet is one whole access unit as far as it can tell, so that it can go to the
  /// decoder without a parser.
  bool isOneAccessUnit() const { return pictureStarts <= 1 && !startsInMidPicture && !malformed; }
};

/// Looks into packets of H.264, HEVC and MPEG-2 video without decoding them: what libavformat's
/// parser would say, without its wait for the next packet. Remembers the parameter sets it needs to
/// tell the two fields of a frame from two frames. Every packet is one linear scan; bytes are
/// hostile. One thread; one inspector per stream.
class AccessUnitInspector {
 public:
  /// H.264, HEVC, MPEG-1 and MPEG-2 video.
  static bool understands(AVCodecID codec);

  /// `extradata` may be empty, Annex B, or an avcC/hvcC record, which also says how long the
  /// lengths before NAL units are. `codec` must be one that is understood.
  AccessUnitInspector(AVCodecID codec, std::span<const std::uint8_t> extradata);

  AccessUnitInfo inspect(std::span<const std::uint8_t> packet);

 private:
  /// A picture that started, as far as it takes to know the second field of a frame.
  struct Picture {
    bool field = false;
    bool bottom = false;
    bool second = false;       ///< Completes the frame of the picture before.
    std::uint32_t number = 0;  ///< frame_num (H.264) or temporal_reference (MPEG-2).
  };
  /// What is known of a packet after some of its units.
  struct Scan {
    AccessUnitInfo info;
    bool anySlice = false;
    bool recoveryPoint = false;
    std::optional<Picture>
        picture;  ///< The last that started; empty: none, or nothing known of it.
    std::optional<Picture> previous;  ///< The one before.
  };

  void readExtradata(std::span<const std::uint8_t> extradata);
  void inspectUnit(std::span<const std::uint8_t> unit, Scan& scan);
  void inspectH264(std::span<const std::uint8_t> unit, Scan& scan);
  void inspectH264Slice(std::span<const std::uint8_t> unit, Scan& scan) const;
  static void inspectHevc(std::span<const std::uint8_t> unit, Scan& scan);
  static void inspectMpeg(std::span<const std::uint8_t> unit, Scan& scan);
  static bool completesFrame(const std::optional<Picture>& first, const Picture& second);

  AVCodecID codec_;
  std::size_t lengthSize_ = 0;  ///< Bytes of the length before each NAL unit; 0: Annex B.
  H264Parameters h264_;
};

}  // namespace millrace
