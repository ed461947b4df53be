#pragma once

#include <cstdint>
#include <vector>

#include "media/essence/sha256.h"

namespace millrace {

/// The root of a binary tree over leaves that come one by one, in the shape of RFC 6962: a tree of
/// n leaves is split at the largest power of two below n. Keeps no more than one hash for each bit
/// of n. One thread.
class MerkleTree {
 public:
  void add(const Digest& leaf, Sha256& sha);
  std::uint32_t leaves() const { return leaves_; }
  /// Of no leaves: the hash of nothing. Of one: the leaf itself.
  Digest root(Sha256& sha) const;

 private:
  /// The roots of the complete subtrees, the largest first: one for each bit of `leaves_` that
  /// is 1.
  std::vector<Digest> complete_;
  std::uint32_t leaves_ = 0;
};

}  // namespace millrace
