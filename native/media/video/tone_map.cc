#include "media/video/tone_map.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <new>

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

namespace millrace {
namespace {

// Steps of a curve: more than a 10-bit component has, for what lies between after the matrix.
constexpr int kSteps = 4'096;

// ITU-R BT.2408: the brightness of HDR's graphics white, which SDR's white stands for.
constexpr double kWhiteNits = 203;
constexpr double kUsualPeakNits = 1'000;
constexpr double kBrightestNits = 10'000;
// ITU-R BT.1886.
constexpr double kSdrGamma = 2.4;

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
  float red;
  float blue;
};
constexpr LumaWeights kBt2020{.red = 0.2627F, .blue = 0.0593F};
constexpr LumaWeights kBt709{.red = 0.2126F, .blue = 0.0722F};

struct Rgb {
  float red;
  float green;
  float blue;
};

Rgb rgbOf(float luma, float blue, float red, const LumaWeights& weights) {
  const float r = luma + 2 * (1 - weights.red) * red;
  const float b = luma + 2 * (1 - weights.blue) * blue;
  return {r, (luma - weights.red * r - weights.blue * b) / (1 - weights.red - weights.blue), b};
}

// ITU-R BT.2087, for linear light.
Rgb narrowed(const Rgb& light) {
  return {1.6605F * light.red - 0.5876F * light.green - 0.0728F * light.blue,
          -0.1246F * light.red + 1.1329F * light.green - 0.0083F * light.blue,
          -0.0182F * light.red - 0.1006F * light.green + 1.1187F * light.blue};
}

template <typename Function>
std::vector<float> curve(Function&& function) {
  std::vector<float> values(kSteps);
  for (int i = 0; i < kSteps; ++i)
    values[static_cast<std::size_t>(i)] =
        static_cast<float>(function(static_cast<double>(i) / (kSteps - 1)));
  return values;
}

float at(const std::vector<float>& curve, float position) {
  const float step = std::clamp(position, 0.0F, 1.0F) * (kSteps - 1) + 0.5F;
  return curve[static_cast<std::size_t>(step)];
}

std::uint8_t code(float value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
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

ToneMap::Kind ToneMap::kindOf(const AVFrame& hdr) {
  const bool pq = hdr.color_trc == AVCOL_TRC_SMPTE2084;
  return {hdr.color_trc, hdr.colorspace, hdr.color_primaries, hdr.color_range,
          pq ? peakNitsOf(hdr) : kUsualPeakNits};
}

void ToneMap::rebuild(const Kind& kind) {
  const bool hlg = kind.transfer == AVCOL_TRC_ARIB_STD_B67;
  light_ = curve([&](double signal) { return hlg ? sceneOfHlg(signal) : nitsOfPq(signal); });
  systemGain_.clear();
  if (hlg)
    systemGain_ = curve([](double root) {
      // A screen of 1,000 cd/m², for which HLG's system gamma is 1.2.
      constexpr double kSystemGamma = 1.2;
      return kUsualPeakNits * std::pow(root * root, kSystemGamma - 1);
    });
  gain_ = curve([&](double root) {
    const double nits = root * root * kBrightestNits;
    return (nits > 0 ? rollOff(nits, kind.peakNits) / nits : 1) / kWhiteNits;
  });
  signal_ = curve([](double root) { return std::pow(root * root, 1 / kSdrGamma); });
  known_ = kind;
}

FramePtr ToneMap::map(const AVFrame& hdr) {
  if (const Kind kind = kindOf(hdr); !(kind == known_)) rebuild(kind);
  FramePtr sdr = pool_.take();
  for (int row = 0; row < (hdr.height + 1) / 2; ++row) mapRows(hdr, *sdr, row);
  if (av_frame_copy_props(sdr.get(), &hdr) < 0) throw std::bad_alloc();
  sdr->color_range = AVCOL_RANGE_MPEG;
  sdr->color_primaries = AVCOL_PRI_BT709;
  sdr->color_trc = AVCOL_TRC_BT709;
  sdr->colorspace = AVCOL_SPC_BT709;
  return sdr;
}

// From codes of 10 bits.
ToneMap::Colour ToneMap::convert(float luma, float blue, float red) const {
  const bool full = known_.range == AVCOL_RANGE_JPEG;
  const float chromaSpan = full ? 1'023 : 896;
  const Rgb signal =
      rgbOf(full ? luma / 1'023 : (luma - 64) / 876, (blue - 512) / chromaSpan,
            (red - 512) / chromaSpan, known_.matrix == AVCOL_SPC_BT709 ? kBt709 : kBt2020);
  Rgb light{at(light_, signal.red), at(light_, signal.green), at(light_, signal.blue)};
  float system = 1;
  if (!systemGain_.empty()) {
    const float luminance = kBt2020.red * light.red +
                            (1 - kBt2020.red - kBt2020.blue) * light.green +
                            kBt2020.blue * light.blue;
    system = at(systemGain_, std::sqrt(luminance));
  }
  const float brightest = system * std::max({light.red, light.green, light.blue});
  const float gain = system * at(gain_, std::sqrt(brightest / static_cast<float>(kBrightestNits)));
  light = {gain * light.red, gain * light.green, gain * light.blue};
  if (known_.primaries != AVCOL_PRI_BT709) light = narrowed(light);
  const auto encoded = [this](float part) { return at(signal_, std::sqrt(std::max(part, 0.0F))); };
  const Rgb sdr{encoded(light.red), encoded(light.green), encoded(light.blue)};
  const float sum =
      kBt709.red * sdr.red + (1 - kBt709.red - kBt709.blue) * sdr.green + kBt709.blue * sdr.blue;
  return {16 + 219 * sum, 128 + 112 * (sdr.blue - sum) / (1 - kBt709.blue),
          128 + 112 * (sdr.red - sum) / (1 - kBt709.red)};
}

// Two rows of luma and the one of chroma that they share, which is that of their mean colour.
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
    const int columns = std::min(2, hdr.width - 2 * x);
    Colour mean{};
    for (int row = 0; row < rows; ++row)
      for (int column = 2 * x; column < 2 * x + columns; ++column) {
        const Colour colour = convert(in(0, 2 * chromaRow + row)[column], blues[x], reds[x]);
        out(0, 2 * chromaRow + row)[column] = code(colour.luma);
        mean.blue += colour.blue;
        mean.red += colour.red;
      }
    const auto samples = static_cast<float>(rows * columns);
    out(1, chromaRow)[x] = code(mean.blue / samples);
    out(2, chromaRow)[x] = code(mean.red / samples);
  }
}

}  // namespace millrace
