#include "media/essence/window_part.h"

#include <algorithm>

namespace millrace {

void WindowPart::add(const EssenceUnit& unit, Sha256& sha) {
  if (tree.leaves() == 0) {
    codec = unit.codec;
    firstUs = endUs = unit.timestampUs;
  }
  tree.add(unit.hash, sha);
  endUs = std::max(endUs, unit.timestampUs + unit.durationUs);
  if (unit.parameterSets == lastSets) return;
  lastSets = unit.parameterSets;
  for (const Digest& set : *lastSets)
    if (known.insert(set).second) sets.push_back(set);
}

EssenceTrack WindowPart::track(bool video, Sha256& sha) const {
  return {.video = video,
          .codec = codec,
          .units = tree.leaves(),
          .parameters = hashParameters(sets, sha),
          .merkleRoot = tree.root(sha)};
}

}  // namespace millrace
