#include "media/essence/sha256.h"

#include <new>

extern "C" {
#include <libavutil/sha.h>
}

namespace millrace {
namespace {

constexpr int kBits = 256;

}  // namespace

Sha256::Sha256(With with) {
  if (with == With::kTheBest && Sha256Instructions::available()) return;
  library_.reset(av_sha_alloc());
  if (!library_) throw std::bad_alloc();
}

void Sha256::start(EssenceTag tag) {
  if (library_)
    av_sha_init(library_.get(), kBits);
  else
    instructions_.start();
  const auto first = static_cast<std::uint8_t>(tag);
  add({&first, 1});
}

void Sha256::add(std::span<const std::uint8_t> bytes) {
  if (library_)
    av_sha_update(library_.get(), bytes.data(), bytes.size());
  else
    instructions_.add(bytes);
}

void Sha256::addU32(std::uint32_t value) {
  const std::array<std::uint8_t, 4> bytes{
      static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
      static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  add(bytes);
}

Digest Sha256::finish() {
  if (!library_) return instructions_.finish();
  Digest digest;
  av_sha_final(library_.get(), digest.data());
  return digest;
}

std::string hexOf(std::span<const std::uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace millrace
