#include "driver.h"

#include <cstdlib>

namespace nvidia_double {

Driver& Driver::get() {
  // Never destroyed: threads of the process may still call the driver while it exits.
  static auto* driver = new Driver;
  return *driver;
}

CUresult Driver::create(CUcontext& context, unsigned flags, int card) {
  if (!knows(card)) return kInvalidDevice;
  if (Control::get().lost(card)) return kDeviceUnavailable;
  auto made = std::make_unique<CUctx_st>();
  made->card = card;
  made->flags = flags;
  context = made.get();
  const std::lock_guard lock(mutex_);
  contexts_.emplace(context, std::move(made));
  return CUDA_SUCCESS;
}

CUresult Driver::destroy(CUcontext context) {
  const std::lock_guard lock(mutex_);
  return contexts_.erase(context) == 1 ? CUDA_SUCCESS : kInvalidContext;
}

CUresult Driver::retainPrimary(CUcontext& context, int card) {
  if (!knows(card)) return kInvalidDevice;
  const bool lost = Control::get().lost(card);
  const std::lock_guard lock(mutex_);
  Primary& primary = primaries_[static_cast<std::size_t>(card)];
  if (lost) return kDeviceUnavailable;
  if (!primary.context) {
    primary.context = std::make_unique<CUctx_st>();
    primary.context->card = card;
    primary.context->flags = primary.flags;
  }
  ++primary.uses;
  context = primary.context.get();
  return CUDA_SUCCESS;
}

CUresult Driver::releasePrimary(int card) {
  if (!knows(card)) return kInvalidDevice;
  const std::lock_guard lock(mutex_);
  Primary& primary = primaries_[static_cast<std::size_t>(card)];
  if (primary.uses == 0) return kInvalidContext;
  if (--primary.uses == 0) primary.context.reset();
  return CUDA_SUCCESS;
}

CUresult Driver::setPrimaryFlags(int card, unsigned flags) {
  if (!knows(card)) return kInvalidDevice;
  const std::lock_guard lock(mutex_);
  primaries_[static_cast<std::size_t>(card)].flags = flags;
  return CUDA_SUCCESS;
}

CUresult Driver::primaryState(int card, unsigned& flags, bool& active) {
  if (!knows(card)) return kInvalidDevice;
  const std::lock_guard lock(mutex_);
  const Primary& primary = primaries_[static_cast<std::size_t>(card)];
  flags = primary.flags;
  active = primary.context != nullptr;
  return CUDA_SUCCESS;
}

CUresult Driver::resetPrimary(int card) {
  if (!knows(card)) return kInvalidDevice;
  const std::lock_guard lock(mutex_);
  Primary& primary = primaries_[static_cast<std::size_t>(card)];
  // Those who retained it keep a handle that is no good any more.
  if (primary.context) primary.context->broken = true;
  return CUDA_SUCCESS;
}

CUresult Driver::allocate(CUdeviceptr& address, std::size_t size, int card) {
  if (size == 0) return kInvalidValue;
  const std::int64_t total = Control::get().number("memory-bytes", card, kMemoryBytes);
  const std::lock_guard lock(mutex_);
  Ledger& ledger = Ledger::get();
  if (ledger.memoryBytes(card) + static_cast<std::int64_t>(size) > total) return kOutOfMemory;
  void* memory = nullptr;
  if (posix_memalign(&memory, 512, size) != 0) return kOutOfMemory;
  address = reinterpret_cast<CUdeviceptr>(memory);
  blocks_[address] = {card, size};
  ledger.mine().memoryBytes[static_cast<std::size_t>(card)] += static_cast<std::int64_t>(size);
  return CUDA_SUCCESS;
}

CUresult Driver::release(CUdeviceptr address) {
  const std::lock_guard lock(mutex_);
  const auto block = blocks_.find(address);
  if (block == blocks_.end()) return kInvalidValue;
  const auto [card, size] = block->second;
  Ledger::get().mine().memoryBytes[static_cast<std::size_t>(card)] -=
      static_cast<std::int64_t>(size);
  blocks_.erase(block);
  std::free(reinterpret_cast<void*>(address));
  return CUDA_SUCCESS;
}

std::optional<std::pair<CUdeviceptr, Allocation>> Driver::blockOf(CUdeviceptr address) {
  const std::lock_guard lock(mutex_);
  auto after = blocks_.upper_bound(address);
  if (after == blocks_.begin()) return std::nullopt;
  const auto& [start, block] = *--after;
  if (address - start >= block.size) return std::nullopt;
  return std::pair{start, block};
}

bool Driver::isDeviceMemory(CUdeviceptr address, std::size_t size) {
  const auto block = blockOf(address);
  return block && size <= block->second.size - (address - block->first);
}

CUresult enter(int& card) {
  const CUcontext context = currentContext();
  if (context == nullptr) return kInvalidContext;
  card = context->card;
  if (Control::get().lost(card)) context->broken = true;
  return context->broken ? kIllegalAddress : CUDA_SUCCESS;
}

}  // namespace nvidia_double
