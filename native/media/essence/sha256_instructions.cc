#include "media/essence/sha256_instructions.h"

#include <algorithm>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace millrace {
namespace {

#if defined(__x86_64__)

#define MILLRACE_SHA __attribute__((target("sha,sse4.1,ssse3")))

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
alignas(16) constexpr std::array<std::uint32_t, 64> kRoundConstants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

MILLRACE_SHA __m128i load(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

/// Four words of the message, in big-endian order.
MILLRACE_SHA __m128i words(const std::uint8_t* from) {
  return _mm_shuffle_epi8(load(from), _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

/// The four words behind these sixteen.
MILLRACE_SHA __m128i nextWords(__m128i w0, __m128i w1, __m128i w2, __m128i w3) {
  const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
  return _mm_sha256msg2_epu32(sum, w3);
}

/// The state as the instructions take it: words a, b, e, f and c, d, g, h.
struct State {
  __m128i abef;
  __m128i cdgh;
};

MILLRACE_SHA void fourRounds(State& state, __m128i message, const std::uint32_t* constants) {
  const __m128i sums = _mm_add_epi32(message, load(constants));
  state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sums);
  state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(sums, 0x0e));
}

MILLRACE_SHA void hashBlock(State& state, const std::uint8_t* block) {
  const State before = state;
  __m128i w0 = words(block);
  __m128i w1 = words(block + 16);
  __m128i w2 = words(block + 32);
  __m128i w3 = words(block + 48);
  for (std::size_t round = 0; round < kRoundConstants.size(); round += 16) {
    if (round > 0) {
      w0 = nextWords(w0, w1, w2, w3);
      w1 = nextWords(w1, w2, w3, w0);
      w2 = nextWords(w2, w3, w0, w1);
      w3 = nextWords(w3, w0, w1, w2);
    }
    fourRounds(state, w0, &kRoundConstants[round]);
    fourRounds(state, w1, &kRoundConstants[round + 4]);
    fourRounds(state, w2, &kRoundConstants[round + 8]);
    fourRounds(state, w3, &kRoundConstants[round + 12]);
  }
  state.abef = _mm_add_epi32(state.abef, before.abef);
  state.cdgh = _mm_add_epi32(state.cdgh, before.cdgh);
}

MILLRACE_SHA void hashBlocks(std::array<std::uint32_t, 8>& state, const std::uint8_t* from,
                             std::size_t blocks) {
  const __m128i badc = _mm_shuffle_epi32(load(state.data()), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(load(&state[4]), 0x1b);
  State inner{_mm_alignr_epi8(badc, hgfe, 8), _mm_blend_epi16(hgfe, badc, 0xf0)};
  for (; blocks > 0; --blocks, from += 64) hashBlock(inner, from);
  const __m128i abef = _mm_shuffle_epi32(inner.abef, 0x1b);
  const __m128i ghcd = _mm_shuffle_epi32(inner.cdgh, 0xb1);
  void* const first = state.data();
  void* const second = &state[4];
  _mm_storeu_si128(static_cast<__m128i*>(first), _mm_blend_epi16(abef, ghcd, 0xf0));
  _mm_storeu_si128(static_cast<__m128i*>(second), _mm_alignr_epi8(ghcd, abef, 8));
}

bool processorHasThem() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  constexpr unsigned kSsse3AndSse41 = (1U << 9) | (1U << 19);
  constexpr unsigned kSha = 1U << 29;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return false;
  if ((ecx & kSsse3AndSse41) != kSsse3AndSse41) return false;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & kSha) != 0;
}

#else

void hashBlocks(std::array<std::uint32_t, 8>& /*state*/, const std::uint8_t* /*from*/,
                std::size_t /*blocks*/) {}

bool processorHasThem() { return false; }

#endif

}  // namespace

bool Sha256Instructions::available() {
  // Asking takes long in a virtual machine.
  static const bool known = processorHasThem();
  return known;
}

void Sha256Instructions::start() {
  state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
            0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  length_ = 0;
}

void Sha256Instructions::add(std::span<const std::uint8_t> bytes) {
  const std::size_t held = length_ % kBlock;
  length_ += bytes.size();
  if (held > 0) {
    const std::size_t taken = std::min(bytes.size(), kBlock - held);
    std::ranges::copy(bytes.first(taken), rest_.begin() + static_cast<std::ptrdiff_t>(held));
    bytes = bytes.subspan(taken);
    if (held + taken < kBlock) return;
    hashBlocks(state_, rest_.data(), 1);
  }
  hashBlocks(state_, bytes.data(), bytes.size() / kBlock);
  std::ranges::copy(bytes.last(bytes.size() % kBlock), rest_.begin());
}

Sha256Instructions::Hash Sha256Instructions::finish() {
  const std::uint64_t bits = length_ * 8;
  std::array<std::uint8_t, kBlock + 8> padding{0x80};
  // Up to the eight bytes at the end of a block that hold the length.
  const std::size_t padded = 1 + (kBlock + kBlock - 9 - length_ % kBlock) % kBlock;
  for (std::size_t i = 0; i < 8; ++i)
    padding[padded + i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  add({padding.data(), padded + 8});

  Hash hash;
  for (std::size_t i = 0; i < hash.size(); ++i)
    hash[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  return hash;
}

}  // namespace millrace
