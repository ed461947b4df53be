#include "media/video/picture_pool.h"

#include <cstddef>
#include <cstdint>
#include <new>

namespace millrace {
namespace {

int alignUp(int value) {
  return (value + PicturePool::kAlignment - 1) / PicturePool::kAlignment * PicturePool::kAlignment;
}

}  // namespace

AVPixelFormat planarFormat(int bitDepth) {
  return bitDepth > 8 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
}

PicturePool::PicturePool(int width, int height, int bitDepth)
    : width_(width),
      height_(height),
      bitDepth_(bitDepth),
      lumaStride_(alignUp(width * (bitDepth > 8 ? 2 : 1))),
      chromaStride_(alignUp((width + 1) / 2 * (bitDepth > 8 ? 2 : 1))),
      buffers_(
          av_buffer_pool_init(static_cast<std::size_t>(lumaStride_) * height +
                                  2 * static_cast<std::size_t>(chromaStride_) * ((height + 1) / 2) +
                                  2 * kAlignment,
                              nullptr),
          [](AVBufferPool* pool) { av_buffer_pool_uninit(&pool); }) {
  if (!buffers_) throw std::bad_alloc();
}

FramePtr PicturePool::take() {
  FramePtr frame = makeFrame();
  frame->buf[0] = av_buffer_pool_get(buffers_.get());
  if (frame->buf[0] == nullptr) throw std::bad_alloc();
  frame->format = planarFormat(bitDepth_);
  frame->width = width_;
  frame->height = height_;
  auto base = reinterpret_cast<std::uintptr_t>(frame->buf[0]->data);
  base = (base + kAlignment - 1) / kAlignment * kAlignment;
  frame->data[0] = reinterpret_cast<std::uint8_t*>(base);
  frame->data[1] = frame->data[0] + static_cast<std::ptrdiff_t>(lumaStride_) * height_;
  frame->data[2] =
      frame->data[1] + static_cast<std::ptrdiff_t>(chromaStride_) * ((height_ + 1) / 2);
  frame->linesize[0] = lumaStride_;
  frame->linesize[1] = frame->linesize[2] = chromaStride_;
  frame->extended_data = frame->data;
  return frame;
}

}  // namespace millrace
