// What of the double of the CUDA driver is ours to call and not FFmpeg's: kernels and memory.
#include <dlfcn.h>
#include <gmock/gmock.h>

// clang-format off: the loader needs the declarations
#include <ffnvcodec/dynlink_cuda.h>
#include <ffnvcodec/dynlink_loader.h>
// clang-format on

#include <array>
#include <cstdint>
#include <memory>

#include "control_folder.h"

namespace millrace {
namespace {

using testing::Each;

constexpr const char* kPtx =
    ".version 7.0\n.target sm_52\n.address_size 64\n"
    ".visible .entry double_add_to_bytes(.param .u64 a, .param .u32 b, .param .u32 c) { ret; }\n"
    ".visible .entry a_kernel_without_a_host_version(.param .u64 a) { ret; }\n";

struct FunctionsDeleter {
  void operator()(CudaFunctions* functions) const { cuda_free_functions(&functions); }
};

/// With a context of card 0 current.
class DoubleOfTheDriver : public OnDouble {
 protected:
  DoubleOfTheDriver() {
    CudaFunctions* loaded = nullptr;
    EXPECT_EQ(cuda_load_functions(&loaded, nullptr), 0);
    cuda_.reset(loaded);
    EXPECT_EQ(cuda_->cuCtxCreate(&context_, 0, 0), CUDA_SUCCESS);
    const std::unique_ptr<void, int (*)(void*)> library(dlopen("libcuda.so.1", RTLD_NOW), dlclose);
    memoryInfo_ = reinterpret_cast<CUresult (*)(std::size_t*, std::size_t*)>(
        dlsym(library.get(), "cuMemGetInfo_v2"));
  }
  ~DoubleOfTheDriver() override { cuda_->cuCtxDestroy(context_); }

  std::size_t unusedMemory() const {
    std::size_t unused = 0;
    std::size_t total = 0;
    EXPECT_EQ(memoryInfo_(&unused, &total), CUDA_SUCCESS);
    return unused;
  }

  std::unique_ptr<CudaFunctions, FunctionsDeleter> cuda_;
  CUcontext context_ = nullptr;

 private:
  CUresult (*memoryInfo_)(std::size_t*, std::size_t*) = nullptr;
};

TEST_F(DoubleOfTheDriver, RunsTheHostsVersionOfAKernel) {
  std::array<std::uint8_t, 300> bytes{};
  CUdeviceptr memory = 0;
  ASSERT_EQ(cuda_->cuMemAlloc(&memory, bytes.size()), CUDA_SUCCESS);
  ASSERT_EQ(cuda_->cuMemcpyHtoD(memory, bytes.data(), bytes.size()), CUDA_SUCCESS);
  CUmodule module = nullptr;
  CUfunction kernel = nullptr;
  ASSERT_EQ(cuda_->cuModuleLoadData(&module, kPtx), CUDA_SUCCESS);
  ASSERT_EQ(cuda_->cuModuleGetFunction(&kernel, module, "double_add_to_bytes"), CUDA_SUCCESS);
  std::uint32_t size = bytes.size();
  std::uint32_t added = 7;
  std::array<void*, 3> arguments{&memory, &size, &added};
  ASSERT_EQ(
      cuda_->cuLaunchKernel(kernel, 2, 1, 1, 256, 1, 1, 0, nullptr, arguments.data(), nullptr),
      CUDA_SUCCESS);
  ASSERT_EQ(cuda_->cuMemcpyDtoH(bytes.data(), memory, bytes.size()), CUDA_SUCCESS);
  EXPECT_THAT(bytes, Each(7));
  EXPECT_EQ(cuda_->cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_EQ(cuda_->cuMemFree(memory), CUDA_SUCCESS);
}

TEST_F(DoubleOfTheDriver, FindsNoKernelThatIsNotInTheModuleOrHasNoHostVersion) {
  CUmodule module = nullptr;
  CUfunction kernel = nullptr;
  ASSERT_EQ(cuda_->cuModuleLoadData(&module, kPtx), CUDA_SUCCESS);
  EXPECT_NE(cuda_->cuModuleGetFunction(&kernel, module, "no_kernel_at_all"), CUDA_SUCCESS);
  EXPECT_NE(cuda_->cuModuleGetFunction(&kernel, module, "a_kernel_without_a_host_version"),
            CUDA_SUCCESS);
  EXPECT_EQ(cuda_->cuModuleUnload(module), CUDA_SUCCESS);
  EXPECT_NE(cuda_->cuModuleLoadData(&module, "not PTX"), CUDA_SUCCESS);
}

TEST_F(DoubleOfTheDriver, CountsTheMemoryThatIsHeld) {
  const std::size_t before = unusedMemory();
  CUdeviceptr memory = 0;
  ASSERT_EQ(cuda_->cuMemAlloc(&memory, 1000), CUDA_SUCCESS);
  EXPECT_EQ(unusedMemory(), before - 1000);
  ASSERT_EQ(cuda_->cuMemFree(memory), CUDA_SUCCESS);
  EXPECT_EQ(unusedMemory(), before);
}

TEST_F(DoubleOfTheDriver, RefusesToCopyPastTheEndOfAnAllocation) {
  std::array<std::uint8_t, 64> bytes{};
  CUdeviceptr memory = 0;
  ASSERT_EQ(cuda_->cuMemAlloc(&memory, bytes.size()), CUDA_SUCCESS);
  EXPECT_EQ(cuda_->cuMemcpyHtoD(memory, bytes.data(), bytes.size()), CUDA_SUCCESS);
  EXPECT_NE(cuda_->cuMemcpyHtoD(memory + 1, bytes.data(), bytes.size()), CUDA_SUCCESS);
  EXPECT_NE(cuda_->cuMemcpyHtoD(reinterpret_cast<CUdeviceptr>(bytes.data()), bytes.data(), 1),
            CUDA_SUCCESS)
      << "the host's memory is not the card's";
  EXPECT_EQ(cuda_->cuMemFree(memory), CUDA_SUCCESS);
}

TEST_F(DoubleOfTheDriver, DoesNothingWithoutAContext) {
  CUcontext popped = nullptr;
  ASSERT_EQ(cuda_->cuCtxPopCurrent(&popped), CUDA_SUCCESS);
  CUdeviceptr memory = 0;
  EXPECT_NE(cuda_->cuMemAlloc(&memory, 1000), CUDA_SUCCESS);
  EXPECT_EQ(cuda_->cuCtxPushCurrent(popped), CUDA_SUCCESS);
}

}  // namespace
}  // namespace millrace
