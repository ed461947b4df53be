#include "media/essence/sha256.h"

#include <new>

extern "C" {
#include <libavutil/sha.h>
}

namespace millrace {
namespace {

constexpr int kBits = 256;

}  // namespace

Sha256::Sha256() : sha_(av_sha_alloc()) {
  if (!sha_) throw std::bad_alloc();
}

void Sha256::start(EssenceTag tag) {
  av_sha_init(sha_.get(), kBits);
  const auto first = static_cast<std::uint8_t>(tag);
  add({&first, 1});
}

void Sha256::add(std::span<const std::uint8_t> bytes) {
  av_sha_update(sha_.get(), bytes.data(), bytes.size());
}

void Sha256::addU32(std::uint32_t value) {
  const std::array<std::uint8_t, 4> bytes{
      static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
      static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  add(bytes);
}

Digest Sha256::finish() {
  Digest digest;
  av_sha_final(sha_.get(), digest.data());
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
