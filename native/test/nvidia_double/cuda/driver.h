#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "../double_control.h"
#include "../double_ledger.h"
#include "cuda_api.h"

/// A context: which card, and whether that card was lost while the context lived, after which no
/// call on it succeeds again, as with the real driver.
struct CUctx_st {
  int card = 0;
  unsigned flags = 0;
  std::atomic<bool> broken = false;
};

namespace nvidia_double {

/// A block of "device memory", which is the host's.
struct Allocation {
  int card = 0;
  std::size_t size = 0;
};

/// What the process holds of the driver. Any thread.
class Driver {
 public:
  static Driver& get();

  bool knows(int card) const { return card >= 0 && card < Control::get().cards(); }

  CUresult create(CUcontext& context, unsigned flags, int card);
  CUresult destroy(CUcontext context);
  CUresult retainPrimary(CUcontext& context, int card);
  CUresult releasePrimary(int card);
  CUresult setPrimaryFlags(int card, unsigned flags);
  CUresult primaryState(int card, unsigned& flags, bool& active);
  CUresult resetPrimary(int card);

  CUresult allocate(CUdeviceptr& address, std::size_t size, int card);
  CUresult release(CUdeviceptr address);
  /// The block that an address lies in.
  std::optional<std::pair<CUdeviceptr, Allocation>> blockOf(CUdeviceptr address);
  /// Whether all of these bytes are device memory, of one block.
  bool isDeviceMemory(CUdeviceptr address, std::size_t size);

 private:
  struct Primary {
    std::unique_ptr<CUctx_st> context;
    unsigned flags = 0;
    unsigned uses = 0;
  };

  std::mutex mutex_;
  std::map<CUcontext, std::unique_ptr<CUctx_st>> contexts_;
  std::array<Primary, kMostCards> primaries_;
  std::map<CUdeviceptr, Allocation> blocks_;
};

/// The calling thread's context; null when it has none.
CUcontext currentContext();

/// What every call on a context answers before it does anything: success, or that there is no
/// context, or that its card is lost. `card` is the context's.
CUresult enter(int& card);

}  // namespace nvidia_double
