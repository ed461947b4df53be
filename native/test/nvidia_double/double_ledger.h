#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "double_control.h"

namespace nvidia_double {

/// What a process holds of each card.
struct Use {
  std::array<std::atomic<std::int64_t>, kMostCards> memoryBytes;
  std::array<std::atomic<std::int64_t>, kMostCards> encoders;
  std::array<std::atomic<std::int64_t>, kMostCards> decoders;
};

/// What the processes hold of the cards together, as a driver knows it: one small file of each
/// process in the control folder, mapped into it, locked while the process lives, and removed by
/// another once it does not. Without a control folder, this process is alone. Any thread.
class Ledger {
 public:
  static Ledger& get();

  Use& mine() { return *mine_; }
  std::int64_t memoryBytes(int card) const { return sum(&Use::memoryBytes, card); }
  std::int64_t encoders(int card) const { return sum(&Use::encoders, card); }
  std::int64_t decoders(int card) const { return sum(&Use::decoders, card); }

  /// Counts one more encoder session on a card, unless all cards hold `most` of them already.
  bool openEncoder(int card, std::int64_t most);

 private:
  using Column = std::array<std::atomic<std::int64_t>, kMostCards> Use::*;

  Ledger();
  std::int64_t sum(Column column, int card) const;
  std::int64_t sumLocked(Column column, int card) const;

  std::string folder_;
  std::string mineName_;
  Use* mine_ = nullptr;
};

}  // namespace nvidia_double
