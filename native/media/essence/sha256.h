#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "media/essence/sha256_instructions.h"

extern "C" {
#include <libavutil/mem.h>
}

struct AVSHA;

namespace millrace {

/// A SHA-256 hash.
using Digest = std::array<std::uint8_t, 32>;

/// What stands before everything that is hashed for the essence, so that no hash of one kind can be
/// taken for one of another; docs/essence.md.
enum class EssenceTag : std::uint8_t {
  kUnit = 0,
  kNode = 1,
  kTrack = 2,
  kWindow = 3,
  kChain = 4,
  kParameterSet = 5,
  kParameters = 6,
};

/// Hashes one message after the other: with the processor's own instructions, or where it has none
/// with libavutil's SHA-256, which of the libraries that are linked in is the quickest. One thread.
class Sha256 {
 public:
  enum class With : std::uint8_t { kTheBest, kLibavutil };

  explicit Sha256(With with = With::kTheBest);

  /// Starts a message.
  void start(EssenceTag tag);
  void add(std::span<const std::uint8_t> bytes);
  /// Big-endian.
  void addU32(std::uint32_t value);
  /// Ends the message.
  Digest finish();

 private:
  struct Deleter {
    void operator()(AVSHA* sha) const { av_free(sha); }
  };
  std::unique_ptr<AVSHA, Deleter> library_;  ///< Null: the instructions are used.
  Sha256Instructions instructions_;
};

/// Lower-case hexadecimal, two digits a byte.
std::string hexOf(std::span<const std::uint8_t> bytes);

}  // namespace millrace
