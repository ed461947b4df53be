#pragma once

// The arithmetic of a separable resize, in the part of C++ that clang compiles for a card and any
// compiler for a CPU. Includes nothing: there are no headers on the card's side.

#ifdef __CUDA__
#define MILLRACE_ON_DEVICE __attribute__((device))
#else
#define MILLRACE_ON_DEVICE
#endif

namespace millrace::kernels {

/// What a sample of the picture between the two passes counts as 1.0, the sample of all ones plus
/// one: leaves room for what a filter overshoots.
inline constexpr float kUnit = 16384.0F;

/// One pass over one plane, or over a pair of them of the same form (U and V).
struct ResamplePass {
  const void* in[2];  ///< The first sample of each plane.
  void* out[2];       ///< Likewise.
  int inStride;       ///< Bytes from row to row.
  int outStride;      ///< Likewise.
  int inStep;         ///< Samples from one to the next in a row: 2 where U and V share one.
  int outStep;        ///< Likewise.
  int inBytes;        ///< 1 or 2 a sample.
  int outBytes;       ///< Likewise.
  int width;          ///< Of what this pass makes.
  int height;         ///< Likewise.
  int taps;           ///< Samples that one is made of.
  const int* starts;  ///< The first of them, for each column (or row) that is made.
  const float* weights;
  float gain;  ///< What is stored is the weighted sum times this, plus `offset`.
  float offset;
  float least;  ///< And is held within these.
  float most;
};

MILLRACE_ON_DEVICE inline float sampleAt(const ResamplePass& pass, int plane, int x, int y) {
  const auto* row = static_cast<const unsigned char*>(plane == 0 ? pass.in[0] : pass.in[1]) +
                    static_cast<long>(y) * pass.inStride;
  const long at = static_cast<long>(x) * pass.inStep;
  return pass.inBytes == 1 ? static_cast<float>(row[at])
                           : static_cast<float>(reinterpret_cast<const unsigned short*>(row)[at]);
}

MILLRACE_ON_DEVICE inline float held(const ResamplePass& pass, float sum) {
  const float value = sum * pass.gain + pass.offset;
  if (value < pass.least) return pass.least;
  return value > pass.most ? pass.most : value;
}

/// Makes one sample of the picture between the passes. The weights of neighbouring columns lie side
/// by side, as the threads do that read them.
MILLRACE_ON_DEVICE inline void resampleAcross(const ResamplePass& pass, int plane, int x, int y) {
  if (x >= pass.width || y >= pass.height) return;
  const int start = pass.starts[x];
  float sum = 0;
  for (int tap = 0; tap < pass.taps; ++tap)
    sum += sampleAt(pass, plane, start + tap, y) * pass.weights[tap * pass.width + x];
  auto* row = static_cast<unsigned char*>(plane == 0 ? pass.out[0] : pass.out[1]) +
              static_cast<long>(y) * pass.outStride;
  const float value = held(pass, sum);
  reinterpret_cast<short*>(row)[x] = static_cast<short>(value < 0 ? value - 0.5F : value + 0.5F);
}

/// Makes one sample of the result from the picture between the passes.
MILLRACE_ON_DEVICE inline void resampleDown(const ResamplePass& pass, int plane, int x, int y) {
  if (x >= pass.width || y >= pass.height) return;
  const int start = pass.starts[y];
  const auto* in = static_cast<const unsigned char*>(plane == 0 ? pass.in[0] : pass.in[1]);
  float sum = 0;
  for (int tap = 0; tap < pass.taps; ++tap) {
    const auto* row =
        reinterpret_cast<const short*>(in + static_cast<long>(start + tap) * pass.inStride);
    sum += static_cast<float>(row[x]) * pass.weights[y * pass.taps + tap];
  }
  auto* row = static_cast<unsigned char*>(plane == 0 ? pass.out[0] : pass.out[1]) +
              static_cast<long>(y) * pass.outStride;
  const long at = static_cast<long>(x) * pass.outStep;
  const float value = held(pass, sum) + 0.5F;
  if (pass.outBytes == 1)
    row[at] = static_cast<unsigned char>(value);
  else
    reinterpret_cast<unsigned short*>(row)[at] = static_cast<unsigned short>(value);
}

}  // namespace millrace::kernels
