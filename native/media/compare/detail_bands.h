#pragma once

#include <array>

#include "media/compare/luma_plane.h"

namespace millrace {

/// What is left of one band of the source's detail.
struct BandDetail {
  /// Mean square of the source's band: below a few there is nothing there to be kept.
  double sourceEnergy = 0;
  /// Likewise of the rendition's.
  double energy = 0;
  /// The share of the source's detail that the rendition has where the source has it: 1 is all of
  /// it, 0 none. Noise and edges of blocks, which the source does not have, do not count.
  double kept = 0;
};

/// The finest detail first: what a picture of half the size cannot hold, then what one of a quarter
/// cannot.
using DetailBands = std::array<BandDetail, 2>;

/// Compares the detail of two pictures of one size. A picture that was made larger has next to
/// nothing in the band that its small original could not hold, however well it is encoded; a
/// picture that was compressed much loses some of all bands.
DetailBands detailBands(const LumaPlane& source, const LumaPlane& rendition);

}  // namespace millrace
