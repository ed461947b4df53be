#include "media/video/rotation.h"

#include <cstdint>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/frame.h>
}

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

namespace millrace {
namespace {

struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using Frame = std::unique_ptr<AVFrame, FrameDeleter>;

Frame makePicture(int width, int height, AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  Frame frame(av_frame_alloc());
  frame->width = width;
  frame->height = height;
  frame->format = format;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  return frame;
}

std::vector<std::vector<int>> rows(const AVFrame& frame, std::size_t plane) {
  const int halved = plane == 0 ? 0 : 1;
  std::vector<std::vector<int>> found;
  for (int y = 0; y < AV_CEIL_RSHIFT(frame.height, halved); ++y) {
    found.emplace_back();
    for (int x = 0; x < AV_CEIL_RSHIFT(frame.width, halved); ++x) {
      found.back().push_back(frame.data[plane][y * frame.linesize[plane] + x]);
    }
  }
  return found;
}

/// 4x2 luma of 1 to 8, 2x1 chroma of 11, 12 and 21, 22.
Frame smallPicture() {
  Frame frame = makePicture(4, 2);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 4; ++x) {
      frame->data[0][y * frame->linesize[0] + x] = static_cast<std::uint8_t>(1 + y * 4 + x);
    }
  }
  for (int x = 0; x < 2; ++x) {
    frame->data[1][x] = static_cast<std::uint8_t>(11 + x);
    frame->data[2][x] = static_cast<std::uint8_t>(21 + x);
  }
  return frame;
}

Frame turned(const AVFrame& in, Orientation orientation) {
  Frame out(av_frame_alloc());
  EXPECT_TRUE(rotate(in, *out, orientation));
  return out;
}

using Rows = std::vector<std::vector<int>>;

std::array<std::uint8_t, 36> bytesOf(const std::array<std::int32_t, 9>& matrix) {
  std::array<std::uint8_t, 36> bytes;
  std::memcpy(bytes.data(), matrix.data(), bytes.size());
  return bytes;
}

}  // namespace

TEST(Rotation, ReadsQuarterTurnsFromADisplayMatrix) {
  for (const int degrees : {0, 90, 180, 270}) {
    for (const bool mirrored : {false, true}) {
      std::array<std::int32_t, 9> matrix;
      av_display_rotation_set(matrix.data(), degrees);
      // libav flips before what is in the matrix when the columns change sign.
      if (mirrored) {
        matrix[0] = -matrix[0];
        matrix[1] = -matrix[1];
      }
      const Orientation expected{.degrees = degrees, .mirrored = mirrored};
      EXPECT_EQ(orientationOf(bytesOf(matrix)), expected) << degrees << mirrored;
    }
  }
}

TEST(Rotation, ReadsTheFlipsLibavWrites) {
  std::array<std::int32_t, 9> matrix;
  av_display_rotation_set(matrix.data(), 0);
  av_display_matrix_flip(matrix.data(), 1, 0);
  EXPECT_EQ(orientationOf(bytesOf(matrix)), (Orientation{.degrees = 0, .mirrored = true}));
  av_display_rotation_set(matrix.data(), 0);
  av_display_matrix_flip(matrix.data(), 0, 1);
  EXPECT_EQ(orientationOf(bytesOf(matrix)), (Orientation{.degrees = 180, .mirrored = true}));
  av_display_rotation_set(matrix.data(), 0);
  av_display_matrix_flip(matrix.data(), 1, 1);
  EXPECT_EQ(orientationOf(bytesOf(matrix)), (Orientation{.degrees = 180, .mirrored = false}));
}

TEST(Rotation, GoesToTheNearestQuarterTurn) {
  std::array<std::int32_t, 9> matrix;
  av_display_rotation_set(matrix.data(), 85);
  EXPECT_EQ(orientationOf(bytesOf(matrix)).degrees, 90);
  av_display_rotation_set(matrix.data(), -3);
  EXPECT_TRUE(orientationOf(bytesOf(matrix)).isUpright());
}

TEST(Rotation, TakesWhatIsNoMatrixForUpright) {
  EXPECT_TRUE(orientationOf(std::span<const std::uint8_t>()).isUpright());
  EXPECT_TRUE(orientationOf(bytesOf({})).isUpright());
  const std::array<std::uint8_t, 35> tooShort{};
  EXPECT_TRUE(orientationOf(tooShort).isUpright());
}

TEST(Rotation, IsFoundOnAFrame) {
  const Frame frame = smallPicture();
  EXPECT_TRUE(orientationOf(*frame).isUpright());
  AVFrameSideData* data =
      av_frame_new_side_data(frame.get(), AV_FRAME_DATA_DISPLAYMATRIX, 9 * sizeof(std::int32_t));
  std::array<std::int32_t, 9> matrix;
  av_display_rotation_set(matrix.data(), 270);
  std::memcpy(data->data, matrix.data(), sizeof(matrix));
  EXPECT_EQ(orientationOf(*frame).degrees, 270);
  EXPECT_TRUE(orientationOf(*turned(*frame, {.degrees = 270})).isUpright()) << "it is applied";
}

TEST(Rotation, TurnsPicturesClockwise) {
  const Frame in = smallPicture();
  const Frame quarter = turned(*in, {.degrees = 90});
  EXPECT_EQ(rows(*quarter, 0), (Rows{{5, 1}, {6, 2}, {7, 3}, {8, 4}}));
  EXPECT_EQ(rows(*quarter, 1), (Rows{{11}, {12}}));
  EXPECT_EQ(rows(*quarter, 2), (Rows{{21}, {22}}));
  const Frame half = turned(*in, {.degrees = 180});
  EXPECT_EQ(rows(*half, 0), (Rows{{8, 7, 6, 5}, {4, 3, 2, 1}}));
  EXPECT_EQ(rows(*half, 1), (Rows{{12, 11}}));
  const Frame threeQuarters = turned(*in, {.degrees = 270});
  EXPECT_EQ(rows(*threeQuarters, 0), (Rows{{4, 8}, {3, 7}, {2, 6}, {1, 5}}));
  EXPECT_EQ(rows(*threeQuarters, 2), (Rows{{22}, {21}}));
}

TEST(Rotation, MirrorsBeforeItTurns) {
  const Frame in = smallPicture();
  EXPECT_EQ(rows(*turned(*in, {.degrees = 0, .mirrored = true}), 0),
            (Rows{{4, 3, 2, 1}, {8, 7, 6, 5}}));
  EXPECT_EQ(rows(*turned(*in, {.degrees = 90, .mirrored = true}), 0),
            (Rows{{8, 4}, {7, 3}, {6, 2}, {5, 1}}));
  EXPECT_EQ(rows(*turned(*in, {.degrees = 180, .mirrored = true}), 0),
            (Rows{{5, 6, 7, 8}, {1, 2, 3, 4}}));
}

TEST(Rotation, PutsLargePicturesBackAfterFourTurns) {
  const Frame in = makePicture(322, 182);
  for (std::size_t plane = 0; plane < 3; ++plane) {
    const int rowCount = plane == 0 ? 182 : 91;
    for (int y = 0; y < rowCount; ++y) {
      for (int x = 0; x < in->linesize[plane]; ++x) {
        in->data[plane][y * in->linesize[plane] + x] = static_cast<std::uint8_t>(x * 7 + y * 13);
      }
    }
  }
  Frame out = turned(*in, {.degrees = 90});
  EXPECT_EQ(out->width, 182);
  EXPECT_EQ(out->height, 322);
  for (int i = 0; i < 3; ++i) out = turned(*out, {.degrees = 90});
  for (std::size_t plane = 0; plane < 3; ++plane) EXPECT_EQ(rows(*out, plane), rows(*in, plane));
}

TEST(Rotation, TakesThePropertiesAlong) {
  const Frame in = smallPicture();
  in->pts = 4711;
  in->sample_aspect_ratio = {4, 3};
  in->color_range = AVCOL_RANGE_JPEG;
  const Frame out = turned(*in, {.degrees = 90});
  EXPECT_EQ(out->pts, 4711);
  EXPECT_EQ(out->color_range, AVCOL_RANGE_JPEG);
  EXPECT_EQ(out->sample_aspect_ratio.num, 3);
  EXPECT_EQ(out->sample_aspect_ratio.den, 4);
  EXPECT_EQ(turned(*in, {.degrees = 180})->sample_aspect_ratio.num, 4);
}

TEST(Rotation, UsesTheBuffersItIsGiven) {
  const Frame in = smallPicture();
  const Frame out = makePicture(2, 4);
  const std::uint8_t* data = out->data[0];
  EXPECT_TRUE(rotate(*in, *out, {.degrees = 90}));
  EXPECT_EQ(out->data[0], data);
  EXPECT_EQ(rows(*out, 0), (Rows{{5, 1}, {6, 2}, {7, 3}, {8, 4}}));
}

TEST(Rotation, TurnsSamplesOfTwoBytesWhole) {
  const Frame in = makePicture(4, 2, AV_PIX_FMT_YUV420P10);
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 4; ++x)
      reinterpret_cast<std::uint16_t*>(in->data[0] + y * in->linesize[0])[x] =
          static_cast<std::uint16_t>(300 + 4 * y + x);
  const Frame out(av_frame_alloc());
  ASSERT_TRUE(rotate(*in, *out, {.degrees = 90}));
  const auto at = [&](int x, int y) {
    return reinterpret_cast<const std::uint16_t*>(out->data[0] + y * out->linesize[0])[x];
  };
  EXPECT_EQ(at(0, 0), 304);
  EXPECT_EQ(at(1, 0), 300);
  EXPECT_EQ(at(0, 3), 307);
  EXPECT_EQ(at(1, 3), 303);
}

TEST(Rotation, RefusesWhatItCannotTurn) {
  const Frame other = makePicture(4, 2, AV_PIX_FMT_YUV422P);
  const Frame blank(av_frame_alloc());
  const auto refused = rotate(*other, *blank, {.degrees = 90});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kScaleFailed);
  EXPECT_NE(refused.error().message.find("yuv422p"), std::string::npos);
  const Frame wrongSize = makePicture(4, 2);
  EXPECT_FALSE(rotate(*smallPicture(), *wrongSize, {.degrees = 90}));
}

}  // namespace millrace
