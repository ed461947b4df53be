#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/byte_sink.h"

namespace millrace {

/// A double of an output: remembers each write. One thread.
class MemorySink : public ByteSink {
 public:
  Result<void> write(std::span<const std::uint8_t> bytes) override {
    writes.emplace_back(bytes.begin(), bytes.end());
    all.insert(all.end(), bytes.begin(), bytes.end());
    return {};
  }
  Result<void> finish() override { return {}; }

  std::vector<std::vector<std::uint8_t>> writes;
  std::vector<std::uint8_t> all;
};

}  // namespace millrace
