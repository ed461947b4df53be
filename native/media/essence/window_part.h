#pragma once

#include <cstdint>
#include <memory>
#include <set>

#include "media/essence/essence_window.h"
#include "media/essence/merkle_tree.h"

namespace millrace {

/// The units of one track in a window, as far as it is filled. One thread.
struct WindowPart {
  EssenceCodec codec = EssenceCodec::kOther;
  MerkleTree tree;
  ParameterSetHashes sets;  ///< Distinct, in order of first use.
  std::set<Digest> known;   ///< The same ones.
  std::shared_ptr<const ParameterSetHashes> lastSets;
  std::int64_t firstUs = 0;
  std::int64_t endUs = 0;  ///< Of the unit that ends last.

  void add(const EssenceUnit& unit, Sha256& sha);
  EssenceTrack track(bool video, Sha256& sha) const;
};

}  // namespace millrace
