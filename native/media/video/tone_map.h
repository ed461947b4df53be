#pragma once

#include <cstdint>
#include <vector>

#include "media/libav.h"
#include "media/video/picture_pool.h"

namespace millrace {

/// Whether a picture's brightness goes beyond SDR: PQ (SMPTE ST 2084) or HLG (ARIB STD-B67).
bool isHdr(const AVFrame& picture);

/// Makes SDR pictures (BT.709, limited range, 8 bits) of HDR ones.
///
/// What is darker than a few tenths of SDR's white keeps its brightness, and what is brighter is
/// rolled off up to the brightest that the picture says it has (1,000 cd/m² unless it says), by the
/// curve of ITU-R BT.2390; SDR's white stands for the 203 cd/m² of ITU-R BT.2408. Colours outside
/// BT.709 are clipped. The curves are computed once per kind of picture.
///
/// Owned and used by one thread, its scaler's.
class ToneMap {
 public:
  ToneMap(int width, int height) : pool_(width, height, 8) {}

  /// `hdr` is of this map's size, in 4:2:0 of 10 bits. Timestamp and side data are the source's,
  /// less what only HDR has. Throws std::bad_alloc.
  FramePtr map(const AVFrame& hdr);

 private:
  /// What decides the curves.
  struct Kind {
    int transfer = -1;
    int matrix = -1;
    int primaries = -1;
    int range = -1;
    double peakNits = 0;
    bool operator==(const Kind&) const = default;
  };
  using Curve = std::vector<float>;
  /// An SDR colour, in 8-bit codes.
  struct Colour {
    float luma;
    float blue;
    float red;
  };

  static Kind kindOf(const AVFrame& hdr);
  void rebuild(const Kind& kind);
  Colour convert(float luma, float blue, float red) const;
  void mapRows(const AVFrame& hdr, AVFrame& sdr, int chromaRow) const;

  PicturePool pool_;
  Kind known_;
  Curve light_;       ///< Of a component's signal, 0 to 1: cd/m², or HLG's scene light.
  Curve systemGain_;  ///< HLG's, by the square root of the scene's luminance; else empty.
  Curve gain_;        ///< From cd/m² to parts of SDR's white, by the square root of the brightest
                      ///< component.
  Curve signal_;      ///< SDR's, by the square root of its light.
};

}  // namespace millrace
