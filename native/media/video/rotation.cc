#include "media/video/rotation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numbers>
#include <string>
#include <utility>

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace millrace {
namespace {

constexpr int kBlock = 32;  // Rows and columns that stay in the first-level cache while turned.

template <typename Sample>
struct Plane {
  const Sample* data;
  std::ptrdiff_t stride;  ///< In samples; likewise below.
  int width;
  int height;
};

/// Where in the plane the pixel is that comes to `x`, `y` of the turned picture.
template <typename Sample>
std::ptrdiff_t sourceOf(const Plane<Sample>& in, Orientation orientation, int x, int y) {
  int column = x;
  int row = y;
  switch (orientation.degrees) {
    case 90:
      column = y;
      row = in.height - 1 - x;
      break;
    case 180:
      column = in.width - 1 - x;
      row = in.height - 1 - y;
      break;
    case 270:
      column = in.width - 1 - y;
      row = x;
      break;
    default:
      break;
  }
  if (orientation.mirrored) column = in.width - 1 - column;
  return row * in.stride + column;
}

template <typename Sample>
void turnPlane(const Plane<Sample>& in, Sample* out, std::ptrdiff_t outStride,
               Orientation orientation) {
  const int width = orientation.swapsSides() ? in.height : in.width;
  const int height = orientation.swapsSides() ? in.width : in.height;
  // Neighbours in the turned picture are at constant distances in the source.
  const std::ptrdiff_t step = sourceOf(in, orientation, 1, 0) - sourceOf(in, orientation, 0, 0);
  for (int top = 0; top < height; top += kBlock) {
    for (int left = 0; left < width; left += kBlock) {
      const int columns = std::min(kBlock, width - left);
      for (int y = top; y < std::min(top + kBlock, height); ++y) {
        const Sample* from = in.data + sourceOf(in, orientation, left, y);
        Sample* to = out + y * outStride + left;
        for (int x = 0; x < columns; ++x) to[x] = from[x * step];
      }
    }
  }
}

template <typename Sample>
void turnPicture(const AVFrame& in, AVFrame& out, Orientation orientation) {
  constexpr std::ptrdiff_t kBytes = sizeof(Sample);
  for (std::size_t i = 0; i < 3; ++i) {
    const int halved = i == 0 ? 0 : 1;
    const Plane<Sample> plane{.data = reinterpret_cast<const Sample*>(in.data[i]),
                              .stride = in.linesize[i] / kBytes,
                              .width = AV_CEIL_RSHIFT(in.width, halved),
                              .height = AV_CEIL_RSHIFT(in.height, halved)};
    turnPlane(plane, reinterpret_cast<Sample*>(out.data[i]), out.linesize[i] / kBytes, orientation);
  }
}

Error scaleFailure(std::string message) {
  return {.code = ErrorCode::kScaleFailed,
          .stage = Stage::kScale,
          .message = std::move(message),
          .url = {},
          .cause = {},
          .httpStatus = {}};
}

}  // namespace

Orientation orientationOf(std::span<const std::uint8_t> displayMatrix) {
  std::array<std::int32_t, 9> matrix;
  if (displayMatrix.size() != sizeof(matrix)) return {};
  std::memcpy(matrix.data(), displayMatrix.data(), sizeof(matrix));
  // (x, y) goes to (ax + cy, bx + dy), in 16.16 fixed point; y points down.
  const double a = matrix[0];
  const double b = matrix[1];
  const double c = matrix[3];
  const double d = matrix[4];
  const double area = a * d - b * c;
  if (area == 0) return {};
  // Mirroring turns the sign of a and b alone, so that the angle shows in c and d either way.
  const double degrees = std::atan2(-c, d) * 180 / std::numbers::pi;
  const int quarters = static_cast<int>(std::lround(degrees / 90));
  return {.degrees = (quarters + 4) % 4 * 90, .mirrored = area < 0};
}

Orientation orientationOf(const AVFrame& frame) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (data == nullptr) return {};
  return orientationOf(std::span<const std::uint8_t>(data->data, data->size));
}

Result<void> rotate(const AVFrame& in, AVFrame& out, Orientation orientation) {
  if (in.format != AV_PIX_FMT_YUV420P && in.format != AV_PIX_FMT_YUVJ420P &&
      in.format != AV_PIX_FMT_YUV420P10LE) {
    const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(in.format));
    return scaleFailure(std::string("Pictures of the pixel format ") +
                        (name != nullptr ? name : "unknown") + " cannot be turned.");
  }
  const int width = orientation.swapsSides() ? in.height : in.width;
  const int height = orientation.swapsSides() ? in.width : in.height;
  if (out.buf[0] == nullptr) {
    out.width = width;
    out.height = height;
    out.format = in.format;
    if (av_frame_get_buffer(&out, 0) < 0) {
      return scaleFailure("There is no memory for a turned picture.");
    }
  } else if (out.width != width || out.height != height || out.format != in.format) {
    return scaleFailure("The buffer for a turned picture has another size.");
  }
  if (av_frame_copy_props(&out, &in) < 0) {
    return scaleFailure("There is no memory for a turned picture's properties.");
  }
  av_frame_remove_side_data(&out, AV_FRAME_DATA_DISPLAYMATRIX);
  if (orientation.swapsSides() && in.sample_aspect_ratio.num > 0) {
    out.sample_aspect_ratio = {in.sample_aspect_ratio.den, in.sample_aspect_ratio.num};
  }
  if (in.format == AV_PIX_FMT_YUV420P10LE)
    turnPicture<std::uint16_t>(in, out, orientation);
  else
    turnPicture<std::uint8_t>(in, out, orientation);
  return {};
}

}  // namespace millrace
