#include "media/device/cuda_device.h"

#include <array>
#include <memory>
#include <new>
#include <utility>

#include "media/device/device_error.h"
#include "media/device/kernel_image.h"
#include "media/device/nvidia_headers.h"

extern "C" {
#include <libavutil/hwcontext.h>
#if MILLRACE_HAS_NVIDIA_HEADERS
#include <libavutil/hwcontext_cuda.h>
#endif
}

namespace millrace {

CudaDevice::Memory::~Memory() {
  if (address_ != 0) device_->free(address_);
}

Result<BufferPtr> CudaDevice::framesOf(AVPixelFormat softwareFormat, int width, int height) const {
  BufferPtr frames(av_hwframe_ctx_alloc(context_.get()));
  if (!frames) throw std::bad_alloc();
  auto* context = reinterpret_cast<AVHWFramesContext*>(frames->data);
  context->format = AV_PIX_FMT_CUDA;
  context->sw_format = softwareFormat;
  context->width = width;
  context->height = height;
  if (const int code = av_hwframe_ctx_init(frames.get()); code < 0)
    return deviceError("The card " + label() + " takes no pictures of this form.", code);
  return frames;
}

Result<FramePtr> CudaDevice::upload(const AVFrame& frame, AVBufferRef& frames) const {
  FramePtr copy = makeFrame();
  int code = av_hwframe_get_buffer(&frames, copy.get(), 0);
  if (code < 0) return deviceError("There is no memory on the card for a picture.", code);
  // The buffer may be larger than the picture, by the rounding of the codec's blocks.
  copy->width = frame.width;
  copy->height = frame.height;
  code = av_hwframe_transfer_data(copy.get(), &frame, 0);
  if (code < 0) return deviceError("A picture could not be copied to the card.", code);
  if (av_frame_copy_props(copy.get(), &frame) < 0) throw std::bad_alloc();
  return copy;
}

Result<FramePtr> CudaDevice::download(const AVFrame& frame) const {
  FramePtr copy = makeFrame();
  const int code = av_hwframe_transfer_data(copy.get(), &frame, 0);
  if (code < 0) return deviceError("A picture could not be copied from the card.", code);
  copy->width = frame.width;
  copy->height = frame.height;
  if (av_frame_copy_props(copy.get(), &frame) < 0) throw std::bad_alloc();
  return copy;
}

#if MILLRACE_HAS_NVIDIA_HEADERS
namespace {

constexpr unsigned kBlockColumns = 32;
constexpr unsigned kBlockRows = 8;
constexpr std::array kKernelNames{"millrace_resample_across", "millrace_resample_down"};

Error unavailable(int index, std::string cause) {
  return Error{.code = ErrorCode::kDeviceUnavailable,
               .stage = Stage::kDevice,
               .message = "The card nvidia:" + std::to_string(index) + " cannot be used.",
               .cause = std::move(cause)};
}

std::string answerOf(CudaFunctions& cuda, CUresult result, const char* call) {
  const char* name = nullptr;
  const char* sentence = nullptr;
  cuda.cuGetErrorName(result, &name);
  cuda.cuGetErrorString(result, &sentence);
  return std::string(call) + " failed: " + (name != nullptr ? name : "an unknown error") +
         (sentence != nullptr ? std::string(": ") + sentence : "");
}

/// The context is current on this thread while it lives.
class Current {
 public:
  Current(CudaFunctions& cuda, CUcontext context)
      : cuda_(cuda), pushed_(cuda.cuCtxPushCurrent(context)) {}
  ~Current() {
    CUcontext popped = nullptr;
    if (pushed_ == CUDA_SUCCESS) cuda_.cuCtxPopCurrent(&popped);
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

  CUresult result() const { return pushed_; }

 private:
  CudaFunctions& cuda_;
  CUresult pushed_;
};

class DriverDevice final : public CudaDevice {
 public:
  DriverDevice(int index, CudaFunctionsPtr cuda, BufferPtr device)
      : CudaDevice(index, std::move(device)), cuda_(std::move(cuda)) {}

  ~DriverDevice() override {
    const Current current(*cuda_, hardware().cuda_ctx);
    if (stream_ != nullptr) {
      cuda_->cuStreamSynchronize(stream_);
      hardware().stream = nullptr;
      cuda_->cuStreamDestroy(stream_);
    }
    if (module_ != nullptr) cuda_->cuModuleUnload(module_);
  }
  DriverDevice(const DriverDevice&) = delete;
  DriverDevice& operator=(const DriverDevice&) = delete;

  Result<void> prepare() {
    const Current current(*cuda_, hardware().cuda_ctx);
    if (Result<void> made = said(current, cuda_->cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING),
                                 "cuStreamCreate");
        !made)
      return made;
    hardware().stream = stream_;
    if (Result<void> loaded =
            said(current, cuda_->cuModuleLoadData(&module_, kernelImage()), "cuModuleLoadData");
        !loaded)
      return loaded;
    for (std::size_t i = 0; i < kernels_.size(); ++i)
      if (Result<void> found =
              said(current, cuda_->cuModuleGetFunction(&kernels_[i], module_, kKernelNames[i]),
                   "cuModuleGetFunction");
          !found)
        return found;
    return {};
  }

  Result<void> check() const override {
    const Current current(*cuda_, hardware().cuda_ctx);
    return said(current, cuda_->cuStreamSynchronize(stream_), "cuStreamSynchronize");
  }

  Result<Memory> allocate(std::size_t bytes) const override {
    const Current current(*cuda_, hardware().cuda_ctx);
    CUdeviceptr address = 0;
    if (Result<void> got = said(current, cuda_->cuMemAlloc(&address, bytes), "cuMemAlloc"); !got)
      return got.error();
    return Memory(*this, static_cast<Address>(address));
  }

  Result<void> upload(Address to, std::span<const std::byte> from) const override {
    const Current current(*cuda_, hardware().cuda_ctx);
    // Of pageable memory, the driver takes a copy before it returns.
    return said(current, cuda_->cuMemcpyHtoDAsync(to, from.data(), from.size(), stream_),
                "cuMemcpyHtoDAsync");
  }

  Result<void> launch(Kernel kernel, Grid grid, const void* argument) const override {
    const Current current(*cuda_, hardware().cuda_ctx);
    const auto blocks = [](int threads, unsigned block) {
      return (static_cast<unsigned>(threads) + block - 1) / block;
    };
    std::array<void*, 1> arguments{const_cast<void*>(argument)};
    return said(current,
                cuda_->cuLaunchKernel(
                    kernels_[static_cast<std::size_t>(kernel)], blocks(grid.columns, kBlockColumns),
                    blocks(grid.rows, kBlockRows), static_cast<unsigned>(grid.planes),
                    kBlockColumns, kBlockRows, 1, 0, stream_, arguments.data(), nullptr),
                "cuLaunchKernel");
  }

 private:
  AVCUDADeviceContext& hardware() const {
    auto* device = reinterpret_cast<AVHWDeviceContext*>(context_->data);
    return *static_cast<AVCUDADeviceContext*>(device->hwctx);
  }

  void free(Address address) const override {
    const Current current(*cuda_, hardware().cuda_ctx);
    cuda_->cuMemFree(address);
  }

  Result<void> said(const Current& current, CUresult result, const char* call) const {
    const CUresult first = current.result() != CUDA_SUCCESS ? current.result() : result;
    if (first == CUDA_SUCCESS) return {};
    return deviceError("The card " + label() + " does not do what it is asked.",
                       answerOf(*cuda_, first, call));
  }

  CudaFunctionsPtr cuda_;
  CUstream stream_ = nullptr;
  CUmodule module_ = nullptr;
  std::array<CUfunction, kKernelNames.size()> kernels_{};
};

}  // namespace

int CudaDevice::count() {
  const CudaFunctionsPtr cuda = loadCudaFunctions();
  int count = 0;
  if (!cuda || cuda->cuInit(0) != CUDA_SUCCESS || cuda->cuDeviceGetCount(&count) != CUDA_SUCCESS)
    return 0;
  return count;
}

Result<std::shared_ptr<CudaDevice>> CudaDevice::open(int index) {
  CudaFunctionsPtr cuda = loadCudaFunctions();
  if (!cuda) return unavailable(index, "NVIDIA's driver is not installed on this machine.");
  Dictionary options;
  options.set("primary_ctx", "1");
  AVBufferRef* created = nullptr;
  const int code = av_hwdevice_ctx_create(&created, AV_HWDEVICE_TYPE_CUDA,
                                          std::to_string(index).c_str(), *options.address(), 0);
  if (code < 0) return unavailable(index, deviceError("", code).cause);
  auto device = std::make_shared<DriverDevice>(index, std::move(cuda), BufferPtr(created));
  if (Result<void> prepared = device->prepare(); !prepared)
    return unavailable(index, prepared.error().cause);
  return std::shared_ptr<CudaDevice>(std::move(device));
}
#else
int CudaDevice::count() { return 0; }

Result<std::shared_ptr<CudaDevice>> CudaDevice::open(int index) {
  return Error{.code = ErrorCode::kDeviceUnavailable,
               .stage = Stage::kDevice,
               .message = "The card nvidia:" + std::to_string(index) + " cannot be used.",
               .cause = "This build of Millrace was made without NVIDIA's headers."};
}
#endif

}  // namespace millrace
