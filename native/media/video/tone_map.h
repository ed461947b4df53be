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
/// BT.709 are clipped. Computed once per kind of picture, for a grid of colours; pictures are
/// interpolated in it.
///
/// Owned and used by one thread, its scaler's.
class ToneMap {
 public:
  ToneMap(int width, int height) : pool_(width, height, 8) {}

  /// `hdr` is of this map's size, in 4:2:0 of 10 bits. Timestamp and side data are the source's,
  /// less what only HDR has. Throws std::bad_alloc.
  FramePtr map(const AVFrame& hdr);

 private:
  /// What decides the grid.
  struct Kind {
    int transfer = -1;
    int matrix = -1;
    int primaries = -1;
    int range = -1;
    double peakNits = 0;
    bool operator==(const Kind&) const = default;
  };
  /// One colour of the grid: 64ths of the 8-bit codes.
  struct Colour {
    std::int16_t luma = 0;
    std::int16_t blue = 0;
    std::int16_t red = 0;
  };
  /// Where between the grid's colours a pair of chroma samples lies.
  struct ChromaPosition;

  static Kind kindOf(const AVFrame& hdr);
  static Colour compute(const Kind& kind, double luma, double blue, double red);
  void rebuild(const Kind& kind);
  int interpolate(const ChromaPosition& chroma, int luma, std::int16_t Colour::*component) const;
  void mapRows(const AVFrame& hdr, AVFrame& sdr, int chromaRow) const;

  PicturePool pool_;
  Kind known_;
  std::vector<Colour> grid_;
};

}  // namespace millrace
