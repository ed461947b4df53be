#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <cstdint>
#include <vector>

extern "C" {
#include <ffnvcodec/nvEncodeAPI.h>
#include <x264.h>
}

namespace nvidia_double {

/// A picture that an encoder is to take: memory of its own (an "input buffer", which the
/// application locks to fill), or device memory of the application's (a registered resource).
/// Used by its session's thread.
struct InputPicture {
  NV_ENC_BUFFER_FORMAT format = NV_ENC_BUFFER_FORMAT_UNDEFINED;
  std::uint32_t height = 0;
  std::uint32_t pitch = 0;
  std::uint8_t* pixels = nullptr;
  bool mapped = false;
  std::vector<std::uint8_t> own;

  static bool takes(NV_ENC_BUFFER_FORMAT format) {
    return format == NV_ENC_BUFFER_FORMAT_NV12 || format == NV_ENC_BUFFER_FORMAT_YV12 ||
           format == NV_ENC_BUFFER_FORMAT_IYUV;
  }
  /// Bytes of the whole picture, all planes.
  std::size_t size() const { return std::size_t{pitch} * height * 3 / 2; }

  /// Points x264 to the planes, which lie one after the other at the picture's own height.
  void show(x264_image_t& image) const {
    const std::size_t luma = std::size_t{pitch} * height;
    image.plane[0] = pixels;
    image.i_stride[0] = static_cast<int>(pitch);
    image.plane[1] = pixels + luma;
    if (format == NV_ENC_BUFFER_FORMAT_NV12) {
      image.i_csp = X264_CSP_NV12;
      image.i_plane = 2;
      image.i_stride[1] = image.i_stride[0];
      return;
    }
    image.i_csp = format == NV_ENC_BUFFER_FORMAT_YV12 ? X264_CSP_YV12 : X264_CSP_I420;
    image.i_plane = 3;
    image.plane[2] = image.plane[1] + std::size_t{pitch / 2} * (height / 2);
    image.i_stride[1] = image.i_stride[2] = image.i_stride[0] / 2;
  }
};

}  // namespace nvidia_double
