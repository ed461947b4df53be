#pragma once

#include <vector>

namespace millrace {

/// What each sample of a resized line is made of: `taps` samples of the line before, from
/// `starts[i]` on, with `weights[i * taps + tap]`, which add up to one.
struct FilterWeights {
  int taps = 0;
  std::vector<int> starts;
  std::vector<float> weights;

  /// The same with the weights of one tap beside each other: `weights[tap * starts.size() + i]`.
  FilterWeights tapMajor() const;
};

/// The bicubic filter of the CPU's scaler (zimg with b 0 and c 0.6), by the same rules: wider where
/// the line shrinks, mirrored at its ends. `shift`: how much further along the old line a sample of
/// the new one lies, in samples of the old. `from` and `to` must be positive.
FilterWeights bicubicWeights(int from, int to, double shift = 0);

/// The shift of a line of chroma that sits on the left of its pair of luma samples, before and
/// after; what zimg assumes of every source.
double leftChromaShift(int from, int to);

}  // namespace millrace
