#include "media/video/tone_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <new>

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

namespace millrace {
namespace {

// The grid: every 16th luma code and every 64th chroma code of 10 bits, so that greys are on it.
constexpr int kLumaStep = 16;
constexpr int kLumaNodes = 65;
constexpr int kChromaStep = 64;
constexpr int kChromaNodes = 17;
constexpr int kLargestCode = 1023;
constexpr int kFraction = 64;

// ITU-R BT.2408: the brightness of HDR's graphics white, which SDR's white stands for.
constexpr double kWhiteNits = 203;
constexpr double kUsualPeakNits = 1'000;
constexpr double kBrightestNits = 10'000;
// ITU-R BT.1886.
constexpr double kSdrGamma = 2.4;

using Rgb = std::array<double, 3>;

// SMPTE ST 2084.
constexpr double kM1 = 2610.0 / 16'384;
constexpr double kM2 = 2523.0 / 4'096 * 128;
constexpr double kC1 = 3424.0 / 4'096;
constexpr double kC2 = 2413.0 / 4'096 * 32;
constexpr double kC3 = 2392.0 / 4'096 * 32;

double nitsOfPq(double signal) {
  const double power = std::pow(std::clamp(signal, 0.0, 1.0), 1 / kM2);
  return kBrightestNits * std::pow(std::max(power - kC1, 0.0) / (kC2 - kC3 * power), 1 / kM1);
}

double pqOfNits(double nits) {
  const double power = std::pow(std::clamp(nits / kBrightestNits, 0.0, 1.0), kM1);
  return std::pow((kC1 + kC2 * power) / (1 + kC3 * power), kM2);
}

// ITU-R BT.2100: HLG's scene light, 0 to 1.
double sceneOfHlg(double signal) {
  constexpr double kA = 0.17883277;
  constexpr double kB = 0.28466892;
  constexpr double kC = 0.55991073;
  const double value = std::clamp(signal, 0.0, 1.0);
  return value <= 0.5 ? value * value / 3 : (std::exp((value - kC) / kA) + kB) / 12;
}

// The light of a screen of 1,000 cd/m², for which HLG's system gamma is 1.2.
Rgb nitsOfHlg(const Rgb& signal) {
  constexpr double kSystemGamma = 1.2;
  Rgb light{sceneOfHlg(signal[0]), sceneOfHlg(signal[1]), sceneOfHlg(signal[2])};
  const double luminance = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
  const double gain = kUsualPeakNits * std::pow(luminance, kSystemGamma - 1);
  for (double& part : light) part *= gain;
  return light;
}

// ITU-R BT.2390's curve, in PQ's terms: straight up to the knee, then a spline up to the target.
double rollOff(double nits, double peakNits) {
  if (peakNits <= kWhiteNits) return nits;
  const double peak = pqOfNits(peakNits);
  const double most = pqOfNits(kWhiteNits) / peak;
  const double knee = 1.5 * most - 0.5;
  const double value = std::min(pqOfNits(nits) / peak, 1.0);
  if (value <= knee) return nits;
  const double t = (value - knee) / (1 - knee);
  const double t2 = t * t;
  const double t3 = t2 * t;
  const double rolled =
      (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (-2 * t3 + 3 * t2) * most;
  return nitsOfPq(rolled * peak);
}

struct LumaWeights {
  double red;
  double blue;
};
constexpr LumaWeights kBt2020{.red = 0.2627, .blue = 0.0593};
constexpr LumaWeights kBt709{.red = 0.2126, .blue = 0.0722};

Rgb rgbOf(double luma, double blue, double red, const LumaWeights& weights) {
  const double r = luma + 2 * (1 - weights.red) * red;
  const double b = luma + 2 * (1 - weights.blue) * blue;
  return {r, (luma - weights.red * r - weights.blue * b) / (1 - weights.red - weights.blue), b};
}

// ITU-R BT.2087, for linear light.
Rgb narrowed(const Rgb& light) {
  return {1.6605 * light[0] - 0.5876 * light[1] - 0.0728 * light[2],
          -0.1246 * light[0] + 1.1329 * light[1] - 0.0083 * light[2],
          -0.0182 * light[0] - 0.1006 * light[1] + 1.1187 * light[2]};
}

double peakNitsOf(const AVFrame& picture) {
  if (const auto* data = av_frame_get_side_data(&picture, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)) {
    const auto& light = *reinterpret_cast<const AVContentLightMetadata*>(data->data);
    if (light.MaxCLL > 0) return std::min<double>(light.MaxCLL, kBrightestNits);
  }
  if (const auto* data =
          av_frame_get_side_data(&picture, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)) {
    const auto& screen = *reinterpret_cast<const AVMasteringDisplayMetadata*>(data->data);
    if (screen.has_luminance != 0 && screen.max_luminance.num > 0 && screen.max_luminance.den > 0)
      return std::min(av_q2d(screen.max_luminance), kBrightestNits);
  }
  return kUsualPeakNits;
}

}  // namespace

bool isHdr(const AVFrame& picture) {
  return picture.color_trc == AVCOL_TRC_SMPTE2084 || picture.color_trc == AVCOL_TRC_ARIB_STD_B67;
}

struct ToneMap::ChromaPosition {
  std::array<const Colour*, 4> columns;  ///< Of luma nodes, at the four chroma nodes around.
  std::array<int, 4> weights;            ///< Add up to kChromaStep squared.
};

ToneMap::Kind ToneMap::kindOf(const AVFrame& hdr) {
  const bool pq = hdr.color_trc == AVCOL_TRC_SMPTE2084;
  return {hdr.color_trc, hdr.colorspace, hdr.color_primaries, hdr.color_range,
          pq ? peakNitsOf(hdr) : kUsualPeakNits};
}

ToneMap::Colour ToneMap::compute(const Kind& kind, double luma, double blue, double red) {
  const bool full = kind.range == AVCOL_RANGE_JPEG;
  const double y = full ? luma / kLargestCode : (luma - 64) / 876;
  const double chromaSpan = full ? kLargestCode : 896;
  const LumaWeights& weights = kind.matrix == AVCOL_SPC_BT709 ? kBt709 : kBt2020;
  const Rgb signal = rgbOf(y, (blue - 512) / chromaSpan, (red - 512) / chromaSpan, weights);
  Rgb light = kind.transfer == AVCOL_TRC_ARIB_STD_B67
                  ? nitsOfHlg(signal)
                  : Rgb{nitsOfPq(signal[0]), nitsOfPq(signal[1]), nitsOfPq(signal[2])};
  const double brightest = *std::max_element(light.begin(), light.end());
  const double gain =
      brightest > 0 ? rollOff(brightest, kind.peakNits) / brightest / kWhiteNits : 0;
  for (double& part : light) part *= gain;
  if (kind.primaries != AVCOL_PRI_BT709) light = narrowed(light);
  for (double& part : light) part = std::pow(std::clamp(part, 0.0, 1.0), 1 / kSdrGamma);
  const double sdr =
      kBt709.red * light[0] + (1 - kBt709.red - kBt709.blue) * light[1] + kBt709.blue * light[2];
  const auto code = [](double value) {
    return static_cast<std::int16_t>(std::lround(value * kFraction));
  };
  return {code(16 + 219 * sdr), code(128 + 224 * (light[2] - sdr) / (2 * (1 - kBt709.blue))),
          code(128 + 224 * (light[0] - sdr) / (2 * (1 - kBt709.red)))};
}

void ToneMap::rebuild(const Kind& kind) {
  grid_.clear();
  grid_.reserve(static_cast<std::size_t>(kChromaNodes) * kChromaNodes * kLumaNodes);
  for (int red = 0; red < kChromaNodes; ++red)
    for (int blue = 0; blue < kChromaNodes; ++blue)
      for (int luma = 0; luma < kLumaNodes; ++luma)
        grid_.push_back(compute(kind, luma * kLumaStep, blue * kChromaStep, red * kChromaStep));
  known_ = kind;
}

FramePtr ToneMap::map(const AVFrame& hdr) {
  if (const Kind kind = kindOf(hdr); grid_.empty() || !(kind == known_)) rebuild(kind);
  FramePtr sdr = pool_.take();
  for (int row = 0; row < (hdr.height + 1) / 2; ++row) mapRows(hdr, *sdr, row);
  if (av_frame_copy_props(sdr.get(), &hdr) < 0) throw std::bad_alloc();
  sdr->color_range = AVCOL_RANGE_MPEG;
  sdr->color_primaries = AVCOL_PRI_BT709;
  sdr->color_trc = AVCOL_TRC_BT709;
  sdr->colorspace = AVCOL_SPC_BT709;
  return sdr;
}

int ToneMap::interpolate(const ChromaPosition& chroma, int luma,
                         std::int16_t Colour::*component) const {
  const int node = luma / kLumaStep;
  int darker = 0;
  int brighter = 0;
  for (std::size_t i = 0; i < chroma.columns.size(); ++i) {
    darker += chroma.weights[i] * (chroma.columns[i][node].*component);
    brighter += chroma.weights[i] * (chroma.columns[i][node + 1].*component);
  }
  constexpr int kAll = kChromaStep * kChromaStep;
  const int fraction = luma % kLumaStep;
  const int value =
      (darker / kAll * (kLumaStep - fraction) + brighter / kAll * fraction) / kLumaStep;
  return std::clamp((value + kFraction / 2) / kFraction, 0, 255);
}

// Two rows of luma and the one of chroma that they share.
void ToneMap::mapRows(const AVFrame& hdr, AVFrame& sdr, int chromaRow) const {
  const auto in = [&](int plane, int row) {
    return reinterpret_cast<const std::uint16_t*>(
        hdr.data[plane] + static_cast<std::ptrdiff_t>(row) * hdr.linesize[plane]);
  };
  const auto out = [&](int plane, int row) {
    return sdr.data[plane] + static_cast<std::ptrdiff_t>(row) * sdr.linesize[plane];
  };
  const std::uint16_t* blues = in(1, chromaRow);
  const std::uint16_t* reds = in(2, chromaRow);
  const int rows = std::min(2, hdr.height - 2 * chromaRow);
  for (int x = 0; x < (hdr.width + 1) / 2; ++x) {
    const int blue = std::min<int>(blues[x], kLargestCode);
    const int red = std::min<int>(reds[x], kLargestCode);
    const Colour* corner =
        grid_.data() +
        static_cast<std::ptrdiff_t>(red / kChromaStep * kChromaNodes + blue / kChromaStep) *
            kLumaNodes;
    const int blueward = blue % kChromaStep;
    const int redward = red % kChromaStep;
    const ChromaPosition chroma{
        {corner, corner + kLumaNodes, corner + kChromaNodes * kLumaNodes,
         corner + (kChromaNodes + 1) * kLumaNodes},
        {(kChromaStep - blueward) * (kChromaStep - redward), blueward * (kChromaStep - redward),
         (kChromaStep - blueward) * redward, blueward * redward}};
    const int columns = std::min(2, hdr.width - 2 * x);
    int sum = 0;
    for (int row = 0; row < rows; ++row)
      for (int column = 2 * x; column < 2 * x + columns; ++column) {
        const int luma = std::min<int>(in(0, 2 * chromaRow + row)[column], kLargestCode);
        sum += luma;
        out(0, 2 * chromaRow + row)[column] =
            static_cast<std::uint8_t>(interpolate(chroma, luma, &Colour::luma));
      }
    const int mean = sum / (rows * columns);
    out(1, chromaRow)[x] = static_cast<std::uint8_t>(interpolate(chroma, mean, &Colour::blue));
    out(2, chromaRow)[x] = static_cast<std::uint8_t>(interpolate(chroma, mean, &Colour::red));
  }
}

}  // namespace millrace
