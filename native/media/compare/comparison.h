#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "media/compare/detail_bands.h"
#include "media/compare/luma_statistics.h"
#include "media/error.h"
#include "media/job/job_options.h"

namespace millrace {

/// A stretch of a medium to look at: from `fromUs`, up to and without `untilUs`, in microseconds on
/// the medium's own timeline.
struct ComparedMedium {
  InputOptions input;
  std::int64_t fromUs = 0;
  std::int64_t untilUs = 0;
};

struct ComparisonOptions {
  ComparedMedium source;
  ComparedMedium rendition;
  AddressPolicy addressPolicy;
  int mostFrames = 12;                          ///< Compared; every one is decoded and counted.
  std::chrono::milliseconds timeLimit{60'000};  ///< For all of it.
};

/// Pictures of one size.
struct PicturesOfSize {
  int width = 0;
  int height = 0;
  std::int64_t frames = 0;
};

/// What a stretch of a medium holds.
struct StretchReport {
  std::string codec;             ///< libavcodec's name.
  std::int64_t accessUnits = 0;  ///< As the container has them.
  std::int64_t frames = 0;       ///< Of those, decoded.
  std::int64_t pixels = 0;       ///< Width times height, summed over the frames.
  std::vector<PicturesOfSize> sizes;
  std::int64_t stillFrames = 0;   ///< The same picture as the one before, to the eye.
  std::int64_t movingFrames = 0;  ///< Clearly another than the one before.
  std::int64_t flatFrames = 0;    ///< Of one colour, black for instance.
  std::optional<std::int64_t> firstTimestampUs;
  std::optional<std::int64_t> lastTimestampUs;
};

/// One picture of the rendition beside the source's of the same time, scaled to its size.
struct ComparedFrame {
  std::int64_t timestampUs = 0;
  std::int64_t sourceTimestampUs = 0;
  /// Which of the source's pictures it is most like: the nearest in time (0), or the one before or
  /// behind that.
  int shift = 0;
  double ssim = 0;
  double coarseSsim = 0;
  LumaStatistics luma;
  LumaStatistics sourceLuma;
  /// Mean absolute difference to the compared frame before; nothing: it is the first, or of another
  /// size.
  std::optional<double> change;
  std::optional<double> sourceChange;
  DetailBands detail{};
};

struct PictureComparison {
  StretchReport source;
  StretchReport rendition;
  std::vector<ComparedFrame> frames;
  std::int64_t unmatched = 0;  ///< Chosen pictures of a time at which the source has none.
};

enum class Medium : std::uint8_t { kSource, kRendition };

/// Why there is no comparison.
struct ComparisonFailure {
  Error error;
  std::optional<Medium> medium;  ///< Which could not be read; nothing: neither is to blame.
};

}  // namespace millrace
