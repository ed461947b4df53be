#include "media/video/scaler.h"

extern "C" {
#include <libavutil/imgutils.h>
}

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

namespace millrace {
namespace {

// A grey of the given luma (8 bit) in any format.
FramePtr plain(AVPixelFormat format, int width, int height, int luma) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  FramePtr frame = makeFrame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  if (av_frame_get_buffer(frame.get(), 64) < 0) throw std::bad_alloc();
  const bool rgb = (descriptor->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  for (int component = 0; component < descriptor->nb_components; ++component) {
    const AVComponentDescriptor& part = descriptor->comp[component];
    const bool chroma = !rgb && (component == 1 || component == 2);
    const int value = (chroma ? 128 : luma) << (part.depth - 8);
    const int columns = chroma ? AV_CEIL_RSHIFT(width, descriptor->log2_chroma_w) : width;
    const int rows = chroma ? AV_CEIL_RSHIFT(height, descriptor->log2_chroma_h) : height;
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < columns; ++x) {
        std::uint8_t* at =
            frame->data[part.plane] + y * frame->linesize[part.plane] + x * part.step + part.offset;
        if (part.depth > 8)
          *reinterpret_cast<std::uint16_t*>(at) = static_cast<std::uint16_t>(value << part.shift);
        else
          *at = static_cast<std::uint8_t>(value);
      }
  }
  return frame;
}

int lumaAt(const AVFrame& frame, int x, int y) { return frame.data[0][y * frame.linesize[0] + x]; }

class EveryPixelFormat : public testing::TestWithParam<AVPixelFormat> {};

TEST_P(EveryPixelFormat, BecomesEightBitFourTwoZeroOfTheSameBrightness) {
  Scaler scaler(320, 180);
  FramePtr source = plain(GetParam(), 640, 360, 100);
  source->pts = 77;
  const Result<FramePtr> scaled = scaler.scale(*source);
  ASSERT_TRUE(scaled) << scaled.error().message << " " << scaled.error().cause;
  EXPECT_EQ((*scaled)->format, AV_PIX_FMT_YUV420P);
  EXPECT_EQ((*scaled)->width, 320);
  EXPECT_EQ((*scaled)->height, 180);
  EXPECT_EQ((*scaled)->pts, 77);
  const bool rgb = (av_pix_fmt_desc_get(GetParam())->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  // Full range RGB becomes limited range luma: 16 + 100 * 219 / 255.
  EXPECT_NEAR(lumaAt(**scaled, 160, 90), rgb ? 102 : 100, 1);
  EXPECT_NEAR((*scaled)->data[1][45 * (*scaled)->linesize[1] + 80], 128, 1);
}

INSTANTIATE_TEST_SUITE_P(Scaler, EveryPixelFormat,
                         testing::Values(AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,
                                         AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE,
                                         AV_PIX_FMT_YUV444P12LE, AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE,
                                         AV_PIX_FMT_GRAY8, AV_PIX_FMT_GBRP, AV_PIX_FMT_UYVY422),
                         [](const auto& format) {
                           return std::string(av_get_pix_fmt_name(format.param));
                         });

TEST(Scaler, MakesTenBitsOfEightWhereTheyAreAskedFor) {
  Scaler scaler(320, 180, 10);
  const Result<FramePtr> scaled = scaler.scale(*plain(AV_PIX_FMT_YUV420P, 640, 360, 100));
  ASSERT_TRUE(scaled);
  EXPECT_EQ((*scaled)->format, AV_PIX_FMT_YUV420P10LE);
  const auto* row =
      reinterpret_cast<const std::uint16_t*>((*scaled)->data[0] + 90 * (*scaled)->linesize[0]);
  EXPECT_NEAR(row[160], 400, 1);
}

TEST(Scaler, LeavesHdrAsItIsWhereTenBitsAreAskedFor) {
  Scaler scaler(320, 180, 10);
  FramePtr hdr = plain(AV_PIX_FMT_YUV420P10LE, 640, 360, 150);
  hdr->color_trc = AVCOL_TRC_SMPTE2084;
  hdr->color_primaries = AVCOL_PRI_BT2020;
  const Result<FramePtr> scaled = scaler.scale(*hdr);
  ASSERT_TRUE(scaled);
  EXPECT_EQ((*scaled)->color_trc, AVCOL_TRC_SMPTE2084);
  EXPECT_EQ((*scaled)->color_primaries, AVCOL_PRI_BT2020);
}

TEST(Scaler, MakesSdrOfHdrWhereEightBitsAreAskedFor) {
  Scaler scaler(320, 180);
  FramePtr hdr = plain(AV_PIX_FMT_YUV420P10LE, 640, 360, 150);
  hdr->color_trc = AVCOL_TRC_ARIB_STD_B67;
  const Result<FramePtr> scaled = scaler.scale(*hdr);
  ASSERT_TRUE(scaled);
  EXPECT_EQ((*scaled)->format, AV_PIX_FMT_YUV420P);
  EXPECT_EQ((*scaled)->color_trc, AVCOL_TRC_BT709);
}

TEST(Scaler, HandsAPictureThatFitsOnAsItIs) {
  Scaler scaler(640, 360);
  const FramePtr source = plain(AV_PIX_FMT_YUV420P, 640, 360, 50);
  const Result<FramePtr> same = scaler.scale(*source);
  ASSERT_TRUE(same);
  EXPECT_EQ((*same)->data[0], source->data[0]);
}

TEST(Scaler, FollowsASourceThatChangesItsSizeAndFormat) {
  Scaler scaler(320, 180);
  ASSERT_TRUE(scaler.scale(*plain(AV_PIX_FMT_YUV420P, 640, 360, 50)));
  const Result<FramePtr> scaled = scaler.scale(*plain(AV_PIX_FMT_YUV422P10LE, 1'280, 720, 200));
  ASSERT_TRUE(scaled);
  EXPECT_NEAR(lumaAt(**scaled, 10, 10), 200, 1);
}

TEST(Scaler, KeepsFullRangeFull) {
  Scaler scaler(320, 180);
  const FramePtr source = plain(AV_PIX_FMT_YUVJ420P, 640, 360, 255);
  const Result<FramePtr> scaled = scaler.scale(*source);
  ASSERT_TRUE(scaled);
  EXPECT_EQ((*scaled)->color_range, AVCOL_RANGE_JPEG);
  EXPECT_EQ(lumaAt(**scaled, 10, 10), 255);
}

TEST(Scaler, TakesPicturesWhoseRowsAreNotAligned) {
  Scaler scaler(320, 180);
  FramePtr source = plain(AV_PIX_FMT_YUV420P, 640, 360, 90);
  source->data[0] += 2;  // as a decoder crops
  source->width -= 4;
  const Result<FramePtr> scaled = scaler.scale(*source);
  ASSERT_TRUE(scaled);
  EXPECT_NEAR(lumaAt(**scaled, 160, 90), 90, 1);
}

TEST(Scaler, TakesOddSizes) {
  Scaler scaler(146, 86);
  const Result<FramePtr> scaled = scaler.scale(*plain(AV_PIX_FMT_YUV420P, 333, 197, 90));
  ASSERT_TRUE(scaled);
  EXPECT_NEAR(lumaAt(**scaled, 145, 85), 90, 1);
}

}  // namespace
}  // namespace millrace
