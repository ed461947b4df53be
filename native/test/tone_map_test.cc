#include "media/video/tone_map.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <new>
#include <utility>

namespace millrace {
namespace {

constexpr int kWidth = 64;
constexpr int kHeight = 36;

/// Limited range codes of 10 bits.
struct Codes {
  int luma = 64;
  int blue = 512;
  int red = 512;
};

void fill(AVFrame& frame, int plane, int rows, int columns, int value) {
  for (int y = 0; y < rows; ++y)
    for (int x = 0; x < columns; ++x)
      reinterpret_cast<std::uint16_t*>(frame.data[plane] + y * frame.linesize[plane])[x] =
          static_cast<std::uint16_t>(value);
}

FramePtr hdr(AVColorTransferCharacteristic transfer, const Codes& codes) {
  FramePtr frame = makeFrame();
  frame->format = AV_PIX_FMT_YUV420P10LE;
  frame->width = kWidth;
  frame->height = kHeight;
  if (av_frame_get_buffer(frame.get(), 64) < 0) throw std::bad_alloc();
  frame->color_trc = transfer;
  frame->color_primaries = AVCOL_PRI_BT2020;
  frame->colorspace = AVCOL_SPC_BT2020_NCL;
  frame->color_range = AVCOL_RANGE_MPEG;
  fill(*frame, 0, kHeight, kWidth, codes.luma);
  fill(*frame, 1, kHeight / 2, kWidth / 2, codes.blue);
  fill(*frame, 2, kHeight / 2, kWidth / 2, codes.red);
  return frame;
}

FramePtr pq(int luma) { return hdr(AVCOL_TRC_SMPTE2084, {.luma = luma}); }

/// The 10-bit code of a grey of so many cd/m², by SMPTE ST 2084.
int pqCode(double nits) {
  const double power = std::pow(nits / 10'000, 0.1593017578125);
  const double signal =
      std::pow((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power), 78.84375);
  return static_cast<int>(std::lround(64 + 876 * signal));
}

/// The 8-bit code of a grey of so much of SDR's white, by ITU-R BT.1886.
double sdrCode(double part) { return 16 + 219 * std::pow(part, 1 / 2.4); }

int lumaOf(const AVFrame& sdr) { return sdr.data[0][10 * sdr.linesize[0] + 10]; }

std::array<int, 3> colourOf(const AVFrame& sdr) {
  return {lumaOf(sdr), sdr.data[1][5 * sdr.linesize[1] + 5], sdr.data[2][5 * sdr.linesize[2] + 5]};
}

TEST(ToneMap, KeepsTheBrightnessOfWhatIsDark) {
  ToneMap map(kWidth, kHeight);
  for (const double nits : {2.0, 10.0, 20.0, 36.5})
    EXPECT_NEAR(lumaOf(*map.map(*pq(pqCode(nits)))), sdrCode(nits / 203), 1.5) << nits;
}

TEST(ToneMap, MakesBlackBlackAndTheBrightestWhite) {
  ToneMap map(kWidth, kHeight);
  EXPECT_EQ(colourOf(*map.map(*pq(64))), (std::array{16, 128, 128}));
  EXPECT_NEAR(lumaOf(*map.map(*pq(pqCode(1'000)))), 235, 1);
}

TEST(ToneMap, RollsOffWhatIsBrightWithoutClippingIt) {
  ToneMap map(kWidth, kHeight);
  int before = 0;
  for (const double nits : {100.0, 203.0, 400.0, 600.0, 800.0}) {
    const int luma = lumaOf(*map.map(*pq(pqCode(nits))));
    EXPECT_GT(luma, before) << nits;
    before = luma;
  }
}

TEST(ToneMap, RollsOffFromAsHighAsThePictureSaysItGoes) {
  ToneMap map(kWidth, kHeight);
  FramePtr bright = pq(pqCode(1'000));
  AVContentLightMetadata* light = av_content_light_metadata_create_side_data(bright.get());
  ASSERT_NE(light, nullptr);
  light->MaxCLL = 4'000;
  EXPECT_LT(lumaOf(*map.map(*bright)), lumaOf(*map.map(*pq(pqCode(1'000)))) - 2);
}

TEST(ToneMap, MakesSdrOfHlgToo) {
  ToneMap map(kWidth, kHeight);
  const auto hlg = [&](int luma) {
    return lumaOf(*map.map(*hdr(AVCOL_TRC_ARIB_STD_B67, {.luma = luma})));
  };
  EXPECT_EQ(hlg(64), 16);
  EXPECT_NEAR(hlg(940), 235, 1);
  // Three quarters of HLG's signal is graphics white: 203 cd/m² on a screen of 1,000.
  EXPECT_NEAR(hlg(64 + 876 * 3 / 4), lumaOf(*map.map(*pq(pqCode(203)))), 2);
}

TEST(ToneMap, KeepsColoursOfTheirHue) {
  ToneMap map(kWidth, kHeight);
  const auto [luma, blue, red] =
      colourOf(*map.map(*hdr(AVCOL_TRC_SMPTE2084, {.luma = 400, .blue = 472, .red = 592})));
  EXPECT_LT(blue, 128);
  EXPECT_GT(red, 138);
  EXPECT_GT(luma, 16);
}

TEST(ToneMap, KeepsPureColoursPure) {
  ToneMap map(kWidth, kHeight);
  // The brightest yellow of BT.2020: as much red as green, and no blue.
  const auto yellow =
      colourOf(*map.map(*hdr(AVCOL_TRC_SMPTE2084, {.luma = 888, .blue = 64, .red = 548})));
  EXPECT_NEAR(yellow[0], 219, 2);
  EXPECT_NEAR(yellow[1], 16, 2);
  EXPECT_NEAR(yellow[2], 138, 2);
}

TEST(ToneMap, SaysThatItsPicturesAreSdr) {
  ToneMap map(kWidth, kHeight);
  FramePtr source = pq(500);
  source->pts = 77;
  const FramePtr sdr = map.map(*source);
  EXPECT_EQ(sdr->pts, 77);
  EXPECT_EQ(sdr->format, AV_PIX_FMT_YUV420P);
  EXPECT_EQ(sdr->color_trc, AVCOL_TRC_BT709);
  EXPECT_EQ(sdr->color_primaries, AVCOL_PRI_BT709);
  EXPECT_EQ(sdr->colorspace, AVCOL_SPC_BT709);
  EXPECT_EQ(sdr->color_range, AVCOL_RANGE_MPEG);
  EXPECT_FALSE(isHdr(*sdr));
}

}  // namespace
}  // namespace millrace
