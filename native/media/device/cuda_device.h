#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "media/libav.h"

namespace millrace {

/// One NVIDIA card, as one job uses it: libav's device context, a stream of the job's own on which
/// everything happens in order, and our kernels. All jobs of a process share the card's primary
/// context; what one of them asks for does not wait for the others.
///
/// Threads: opened by the job's; everything else is for any thread, each call makes the context
/// current for itself. Outlives every frame, decoder, scaler and encoder on it. A driver that hangs
/// hangs the caller: no call here has a deadline, since CUDA's have none.
class CudaDevice {
 public:
  /// An address in the card's memory.
  using Address = std::uintptr_t;
  enum class Kernel : std::uint8_t { kResampleAcross, kResampleDown };
  struct Grid {
    int columns = 0;  ///< Threads, in all.
    int rows = 0;
    int planes = 1;
  };

  /// Memory of the card; freed when this goes.
  class Memory {
   public:
    Memory() = default;
    Memory(const CudaDevice& device, Address address) : device_(&device), address_(address) {}
    Memory(Memory&& other) noexcept { *this = std::move(other); }
    Memory& operator=(Memory&& other) noexcept {
      std::swap(device_, other.device_);
      std::swap(address_, other.address_);
      return *this;
    }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory();

    Address address() const { return address_; }

   private:
    const CudaDevice* device_ = nullptr;
    Address address_ = 0;
  };

  /// Opens card `index` as the driver counts. Fails with kDeviceUnavailable where there is none, or
  /// no driver, and with what the driver says otherwise.
  static Result<std::shared_ptr<CudaDevice>> open(int index);
  /// How many cards the driver shows; 0 without a driver.
  static int count();

  virtual ~CudaDevice() = default;
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  int index() const { return index_; }
  /// As in a job's plan: nvidia:N.
  std::string label() const { return "nvidia:" + std::to_string(index_); }
  /// For libav. The device keeps its own reference.
  AVBufferRef* context() const { return context_.get(); }

  /// Whether the card still does what it is asked: a lost one, or one whose context is broken, says
  /// so here and for ever.
  virtual Result<void> check() const = 0;
  virtual Result<Memory> allocate(std::size_t bytes) const = 0;
  /// Copies to the card; `from` may go when this returns.
  virtual Result<void> upload(Address to, std::span<const std::byte> from) const = 0;
  /// Queues a kernel; `argument` is copied.
  virtual Result<void> launch(Kernel kernel, Grid grid, const void* argument) const = 0;

  /// A pool of the card's frames, as libav's hardware frames context; it grows as it must, and its
  /// frames keep it alive.
  Result<BufferPtr> framesOf(AVPixelFormat softwareFormat, int width, int height) const;
  /// A frame of system memory, copied to a frame of such a pool. Properties are the
  /// original's.
  Result<FramePtr> upload(const AVFrame& frame, AVBufferRef& frames) const;
  /// The same, copied to system memory.
  Result<FramePtr> download(const AVFrame& frame) const;

 protected:
  CudaDevice(int index, BufferPtr context) : index_(index), context_(std::move(context)) {}
  virtual void free(Address address) const = 0;

  int index_;
  BufferPtr context_;
};

}  // namespace millrace
