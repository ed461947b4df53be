#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "media/byte_source.h"
#include "media/libav.h"

struct AVAES;

namespace millrace {

struct AesDeleter {
  void operator()(AVAES* aes) const { av_free(aes); }
};

/// A segment of an HLS playlist encrypted with AES-128 in CBC mode and PKCS#7 padding (RFC 8216,
/// 4.3.2.4). Owned and used by one thread.
class DecryptingSource : public ByteSource {
 public:
  /// `keyHex` and `ivHex`: 16 bytes each in hexadecimal.
  static Result<std::unique_ptr<ByteSource>> make(std::unique_ptr<ByteSource> encrypted,
                                                  const std::string& keyHex,
                                                  const std::string& ivHex);

  Result<std::size_t> read(std::span<std::uint8_t> into) override;
  bool drained() const override;

 private:
  using Block = std::array<std::uint8_t, 16>;

  DecryptingSource(std::unique_ptr<ByteSource> encrypted, const Block& key, const Block& iv);
  Result<void> refill();

  std::unique_ptr<ByteSource> encrypted_;
  std::unique_ptr<AVAES, AesDeleter> aes_;
  Block iv_;
  std::vector<std::uint8_t> cipher_;  ///< Less than a block left over, or the last block seen.
  std::vector<std::uint8_t> plain_;
  std::size_t plainFrom_ = 0;
  bool ended_ = false;
};

}  // namespace millrace
