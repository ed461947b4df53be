#include "surfaces.h"

#include <algorithm>
#include <cstring>

namespace nvidia_double {

Surfaces::Surfaces(CUcontext context, unsigned width, unsigned height)
    : context_(context), width_(width), height_(height), pitch_((width + 511) / 512 * 512) {}

Surfaces::~Surfaces() {
  cuCtxPushCurrent_v2(context_);
  for (const CUdeviceptr picture : decoded_) cuMemFree_v2(picture);
  for (const CUdeviceptr picture : outputs_) cuMemFree_v2(picture);
  cuCtxPopCurrent_v2(nullptr);
}

CUresult Surfaces::allocate(std::size_t decoded, std::size_t mapped) {
  if (const CUresult result = allocateInto(decoded_, decoded); result != CUDA_SUCCESS)
    return result;
  return allocateInto(outputs_, mapped);
}

CUresult Surfaces::allocateInto(std::vector<CUdeviceptr>& pictures, std::size_t count) {
  while (pictures.size() < count) {
    CUdeviceptr picture = 0;
    if (const CUresult result = cuMemAlloc_v2(&picture, size()); result != CUDA_SUCCESS)
      return result;
    pictures.push_back(picture);
  }
  return CUDA_SUCCESS;
}

CUresult Surfaces::store(int index, const AVFrame& picture) {
  if (index < 0 || static_cast<std::size_t>(index) >= decoded_.size()) return kInvalidValue;
  if (picture.format != AV_PIX_FMT_YUV420P) return kNotSupported;
  auto* to = reinterpret_cast<std::uint8_t*>(decoded_[static_cast<std::size_t>(index)]);
  const unsigned width = std::min(width_, static_cast<unsigned>(picture.width));
  const unsigned height = std::min(height_, static_cast<unsigned>(picture.height));
  for (unsigned y = 0; y < height; ++y)
    std::memcpy(to + std::size_t{y} * pitch_,
                picture.data[0] + static_cast<std::ptrdiff_t>(y) * picture.linesize[0], width);
  to += std::size_t{pitch_} * height_;
  for (unsigned y = 0; y < height / 2; ++y, to += pitch_) {
    const std::uint8_t* u = picture.data[1] + static_cast<std::ptrdiff_t>(y) * picture.linesize[1];
    const std::uint8_t* v = picture.data[2] + static_cast<std::ptrdiff_t>(y) * picture.linesize[2];
    for (unsigned x = 0; x < width / 2; ++x) {
      to[2 * x] = u[x];
      to[2 * x + 1] = v[x];
    }
  }
  return CUDA_SUCCESS;
}

CUresult Surfaces::map(int index, CUdeviceptr& address, unsigned& pitch) {
  if (index < 0 || static_cast<std::size_t>(index) >= decoded_.size()) return kInvalidValue;
  const auto unused = std::find_if(outputs_.begin(), outputs_.end(),
                                   [&](CUdeviceptr output) { return !mapped_.contains(output); });
  // As many may be mapped at once as the decoder was made for.
  if (unused == outputs_.end()) return kInvalidValue;
  const CUdeviceptr from = decoded_[static_cast<std::size_t>(index)];
  if (const CUresult result = cuMemcpyDtoD_v2(*unused, from, size()); result != CUDA_SUCCESS)
    return result;
  mapped_.insert(*unused);
  address = *unused;
  pitch = pitch_;
  return CUDA_SUCCESS;
}

CUresult Surfaces::unmap(CUdeviceptr address) {
  return mapped_.erase(address) == 1 ? CUDA_SUCCESS : kInvalidValue;
}

}  // namespace nvidia_double
