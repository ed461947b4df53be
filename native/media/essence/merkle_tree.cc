#include "media/essence/merkle_tree.h"

namespace millrace {
namespace {

/// SHA-256 of nothing.
constexpr Digest kEmpty{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                        0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                        0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};

Digest join(const Digest& left, const Digest& right, Sha256& sha) {
  sha.start(EssenceTag::kNode);
  sha.add(left);
  sha.add(right);
  return sha.finish();
}

}  // namespace

void MerkleTree::add(const Digest& leaf, Sha256& sha) {
  Digest subtree = leaf;
  for (std::uint32_t carry = leaves_; (carry & 1U) != 0; carry >>= 1) {
    subtree = join(complete_.back(), subtree, sha);
    complete_.pop_back();
  }
  complete_.push_back(subtree);
  ++leaves_;
}

Digest MerkleTree::root(Sha256& sha) const {
  if (complete_.empty()) return kEmpty;
  Digest root = complete_.back();
  for (std::size_t i = complete_.size() - 1; i > 0; --i) root = join(complete_[i - 1], root, sha);
  return root;
}

}  // namespace millrace
