#include "media/input/decrypting_source.h"

extern "C" {
#include <libavutil/aes.h>
}

#include <algorithm>
#include <charconv>
#include <new>
#include <optional>
#include <utility>

namespace millrace {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kChunkBytes = 32 * 1024;

std::optional<std::array<std::uint8_t, kBlock>> fromHex(const std::string& hex) {
  std::array<std::uint8_t, kBlock> bytes{};
  if (hex.size() != 2 * kBlock) return std::nullopt;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const char* digits = hex.data() + 2 * i;
    const auto [end, failed] = std::from_chars(digits, digits + 2, bytes[i], 16);
    if (failed != std::errc() || end != digits + 2) return std::nullopt;
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<ByteSource>> DecryptingSource::make(std::unique_ptr<ByteSource> encrypted,
                                                           const std::string& keyHex,
                                                           const std::string& ivHex) {
  const auto key = fromHex(keyHex);
  const auto iv = fromHex(ivHex);
  if (!key || !iv)
    return Error{.code = ErrorCode::kFormatInvalid,
                 .stage = Stage::kSource,
                 .message = "The playlist names an encryption key that is not 16 bytes long."};
  return std::unique_ptr<ByteSource>(new DecryptingSource(std::move(encrypted), *key, *iv));
}

DecryptingSource::DecryptingSource(std::unique_ptr<ByteSource> encrypted, const Block& key,
                                   const Block& iv)
    : encrypted_(std::move(encrypted)), aes_(av_aes_alloc()), iv_(iv) {
  if (!aes_ || av_aes_init(aes_.get(), key.data(), 128, 1) < 0) throw std::bad_alloc();
}

bool DecryptingSource::drained() const {
  return plainFrom_ >= plain_.size() && encrypted_->drained();
}

Result<std::size_t> DecryptingSource::read(std::span<std::uint8_t> into) {
  while (plainFrom_ >= plain_.size()) {
    if (ended_) return std::size_t{0};
    if (Result<void> refilled = refill(); !refilled) return refilled.error();
  }
  const std::size_t count = std::min(into.size(), plain_.size() - plainFrom_);
  std::copy_n(plain_.data() + plainFrom_, count, into.data());
  plainFrom_ += count;
  return count;
}

// The last block carries the padding, so one whole block is always kept back until the end.
Result<void> DecryptingSource::refill() {
  const std::size_t kept = cipher_.size();
  cipher_.resize(kept + kChunkBytes);
  Result<std::size_t> count = encrypted_->read(std::span(cipher_).subspan(kept));
  cipher_.resize(kept + (count ? *count : 0));
  if (!count) return count.error();
  ended_ = *count == 0;
  std::size_t blocks = cipher_.size() / kBlock;
  if (!ended_ && blocks * kBlock == cipher_.size() && blocks > 0) --blocks;
  plain_.resize(blocks * kBlock);
  plainFrom_ = 0;
  av_aes_crypt(aes_.get(), plain_.data(), cipher_.data(), static_cast<int>(blocks), iv_.data(), 1);
  cipher_.erase(cipher_.begin(), cipher_.begin() + static_cast<std::ptrdiff_t>(blocks * kBlock));
  if (ended_ && !plain_.empty()) {
    const std::size_t padding = plain_.back();
    if (padding >= 1 && padding <= kBlock && padding <= plain_.size())
      plain_.resize(plain_.size() - padding);
  }
  return {};
}

}  // namespace millrace
