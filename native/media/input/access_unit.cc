#include "media/input/access_unit.h"

#include "media/input/bit_reader.h"
#include "media/input/nal_units.h"

namespace millrace {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// H.264 table 7-1.
enum H264Unit : std::uint8_t {
  kH264Slice = 1,
  kH264PartitionA = 2,
  kH264Idr = 5,
  kH264Sei = 6,
  kH264Sps = 7,
  kH264Pps = 8
};
/// HEVC table 7-1.
enum HevcUnit : std::uint8_t {
  kHevcIrapFirst = 16,
  kHevcIrapLast = 23,
  kHevcVclLast = 31,
  kHevcSps = 33
};
/// ISO/IEC 13818-2 table 6-1.
enum MpegCode : std::uint8_t {
  kMpegPicture = 0x00,
  kMpegSliceFirst = 0x01,
  kMpegSliceLast = 0xaf,
  kMpegSequence = 0xb3,
  kMpegExtension = 0xb5
};

constexpr std::uint32_t kSeiRecoveryPoint = 6;  // H.264 D.1.1
constexpr int kMpegPictureCodingExtension = 8;
constexpr int kMpegIntra = 1;
constexpr int kMpegTopField = 1;
constexpr int kMpegBottomField = 2;

std::uint32_t readSeiNumber(BitReader& bits) {
  std::uint32_t number = 0;
  std::uint32_t byte = 0xff;
  while (byte == 0xff && !bits.overrun()) {
    byte = bits.bits(8);
    number += byte;
  }
  return number;
}

bool hasRecoveryPoint(Bytes unit) {
  BitReader bits(unit.subspan(1));
  while (!bits.overrun()) {
    const std::uint32_t type = readSeiNumber(bits);
    const std::uint32_t size = readSeiNumber(bits);
    if (bits.overrun()) return false;
    if (type == kSeiRecoveryPoint && size > 0) return true;
    bits.skip(std::size_t{8} * size);
  }
  return false;
}

}  // namespace

bool AccessUnitInspector::understands(AVCodecID codec) {
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC ||
         codec == AV_CODEC_ID_MPEG1VIDEO || codec == AV_CODEC_ID_MPEG2VIDEO;
}

AccessUnitInspector::AccessUnitInspector(AVCodecID codec, Bytes extradata) : codec_(codec) {
  readExtradata(extradata);
}

AccessUnitInfo AccessUnitInspector::inspect(Bytes packet) {
  Scan scan;
  const auto each = [&](Bytes unit) { inspectUnit(unit, scan); };
  const bool framed = lengthSize_ == 0 ? forEachAnnexB(packet, each)
                                       : forEachLengthPrefixed(packet, lengthSize_, each);
  scan.info.malformed = !framed;
  scan.info.keyframe = scan.info.keyframe || (scan.recoveryPoint && scan.info.pictureStarts > 0);
  return scan.info;
}

void AccessUnitInspector::readExtradata(Bytes extradata) {
  Scan ignored;
  const auto each = [&](Bytes unit) { inspectUnit(unit, ignored); };
  if (codec_ == AV_CODEC_ID_H264 && extradata.size() >= 7 && extradata[0] == 1) {
    lengthSize_ = (extradata[4] & 3U) + 1;  // ISO/IEC 14496-15, 5.3.3.1
    Bytes rest = extradata.subspan(6);
    for (unsigned count = extradata[5] & 0x1fU, set = 0; set < 2; ++set) {
      for (; count > 0 && rest.size() >= 2; --count) {
        const std::size_t length = static_cast<std::size_t>(rest[0]) << 8 | rest[1];
        if (length > rest.size() - 2) return;
        if (length > 0) each(rest.subspan(2, length));
        rest = rest.subspan(2 + length);
      }
      if (rest.empty()) return;
      count = rest[0];
      rest = rest.subspan(1);
    }
  } else if (codec_ == AV_CODEC_ID_HEVC && extradata.size() >= 23 &&
             (extradata[0] != 0 || extradata[1] != 0 || extradata[2] > 1)) {
    lengthSize_ = (extradata[21] & 3U) + 1;  // ISO/IEC 14496-15, 8.3.3.1
  } else {
    forEachAnnexB(extradata, each);
  }
}

void AccessUnitInspector::inspectUnit(Bytes unit, Scan& scan) {
  switch (codec_) {
    case AV_CODEC_ID_H264:
      return inspectH264(unit, scan);
    case AV_CODEC_ID_HEVC:
      return inspectHevc(unit, scan);
    default:
      return inspectMpeg(unit, scan);
  }
}

void AccessUnitInspector::inspectH264(Bytes unit, Scan& scan) {
  switch (unit[0] & 0x1f) {
    case kH264Slice:
    case kH264PartitionA:
    case kH264Idr:
      return inspectH264Slice(unit, scan);
    case kH264Sei:
      scan.recoveryPoint = scan.recoveryPoint || hasRecoveryPoint(unit);
      return;
    case kH264Sps:
      scan.info.hasParameterSets = true;
      return h264_.addSps(unit);
    case kH264Pps:
      return h264_.addPps(unit);
    default:
      return;
  }
}

void AccessUnitInspector::inspectH264Slice(Bytes unit, Scan& scan) const {
  const bool first = !scan.anySlice;
  scan.anySlice = true;
  const bool startsPicture = BitReader(unit.subspan(1)).unsignedGolomb() == 0;
  if (!startsPicture) {
    scan.info.startsInMidPicture = scan.info.startsInMidPicture || first;
    return;
  }
  const auto slice = h264_.readSlice(unit);
  if (slice && slice->redundant && !first) return;
  scan.info.keyframe = scan.info.keyframe || (unit[0] & 0x1f) == kH264Idr;
  std::optional<Picture> picture;
  if (slice) {
    picture = {.field = slice->field, .bottom = slice->bottom, .number = slice->frameNum};
    picture->second = completesFrame(scan.picture, *picture);
  }
  if (!picture || !picture->second) ++scan.info.pictureStarts;
  scan.picture = picture;
}

void AccessUnitInspector::inspectHevc(Bytes unit, Scan& scan) {
  if (unit.size() < 3) return;
  const int type = unit[0] >> 1 & 0x3f;
  const int layer = (unit[0] & 1) << 5 | unit[1] >> 3;
  if (layer != 0) return;
  if (type == kHevcSps) scan.info.hasParameterSets = true;
  if (type > kHevcVclLast) return;
  const bool startsPicture = (unit[2] & 0x80) != 0;  // first_slice_segment_in_pic_flag
  if (startsPicture) {
    ++scan.info.pictureStarts;
    const bool irap = type >= kHevcIrapFirst && type <= kHevcIrapLast;
    scan.info.keyframe = scan.info.keyframe || irap;
  } else if (!scan.anySlice) {
    scan.info.startsInMidPicture = true;
  }
  scan.anySlice = true;
}

void AccessUnitInspector::inspectMpeg(Bytes unit, Scan& scan) {
  const std::uint8_t code = unit[0];
  if (code == kMpegSequence) {
    scan.info.hasParameterSets = true;
  } else if (code == kMpegPicture && unit.size() >= 3) {
    ++scan.info.pictureStarts;
    const std::uint32_t number = static_cast<std::uint32_t>(unit[1]) << 2 | unit[2] >> 6;
    scan.info.keyframe = scan.info.keyframe || (unit[2] >> 3 & 7) == kMpegIntra;
    scan.previous = scan.picture;
    scan.picture = Picture{.number = number};
  } else if (code == kMpegExtension && unit.size() >= 4 && scan.picture &&
             unit[1] >> 4 == kMpegPictureCodingExtension) {
    const int structure = unit[3] & 3;  // ISO/IEC 13818-2 table 6-14.
    Picture& picture = *scan.picture;
    picture.field = structure == kMpegTopField || structure == kMpegBottomField;
    picture.bottom = structure == kMpegBottomField;
    if (!picture.second && completesFrame(scan.previous, picture)) {
      picture.second = true;
      --scan.info.pictureStarts;
    }
  } else if (code >= kMpegSliceFirst && code <= kMpegSliceLast) {
    scan.info.startsInMidPicture = scan.info.startsInMidPicture || !scan.picture;
  }
}

/// Whether two field pictures are the fields of one frame; a third one starts another.
bool AccessUnitInspector::completesFrame(const std::optional<Picture>& first,
                                         const Picture& second) {
  return first && first->field && !first->second && second.field &&
         first->bottom != second.bottom && first->number == second.number;
}

}  // namespace millrace
