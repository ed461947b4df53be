#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <cstdint>
#include <set>
#include <vector>

extern "C" {
#include <libavutil/frame.h>
}

#include "../cuda/cuda_api.h"

namespace nvidia_double {

/// The NV12 pictures of a decoder in a card's memory: those it decodes to, and those that are
/// mapped for the application, each a copy. Calls need the decoder's context to be current, except
/// for the end, which gives the memory back by itself. One thread at a time.
class Surfaces {
 public:
  Surfaces(CUcontext context, unsigned width, unsigned height);
  ~Surfaces();
  Surfaces(const Surfaces&) = delete;
  Surfaces& operator=(const Surfaces&) = delete;

  CUresult allocate(std::size_t decoded, std::size_t mapped);
  CUresult store(int index, const AVFrame& picture);
  CUresult map(int index, CUdeviceptr& address, unsigned& pitch);
  CUresult unmap(CUdeviceptr address);

 private:
  CUresult allocateInto(std::vector<CUdeviceptr>& pictures, std::size_t count);
  std::size_t size() const { return std::size_t{pitch_} * height_ * 3 / 2; }

  CUcontext context_;
  unsigned width_;
  unsigned height_;
  unsigned pitch_;
  std::vector<CUdeviceptr> decoded_;
  std::vector<CUdeviceptr> outputs_;
  std::set<CUdeviceptr> mapped_;
};

}  // namespace nvidia_double
