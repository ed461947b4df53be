#include "media/device/nvidia_report.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "media/device/nvidia_headers.h"

namespace millrace {

#if MILLRACE_HAS_NVIDIA_HEADERS
namespace {

struct CuvidDeleter {
  void operator()(CuvidFunctions* functions) const { cuvid_free_functions(&functions); }
};
struct NvencDeleter {
  void operator()(NvencFunctions* functions) const { nvenc_free_functions(&functions); }
};

/// A CUDA context that is current on this thread while it lives.
class CurrentContext {
 public:
  CurrentContext(CudaFunctions& cuda, CUdevice device) : cuda_(cuda) {
    if (cuda_.cuCtxCreate(&context_, 0, device) != CUDA_SUCCESS) context_ = nullptr;
  }
  ~CurrentContext() {
    if (context_ != nullptr) cuda_.cuCtxDestroy(context_);
  }
  CurrentContext(const CurrentContext&) = delete;
  CurrentContext& operator=(const CurrentContext&) = delete;

  CUcontext get() const { return context_; }

 private:
  CudaFunctions& cuda_;
  CUcontext context_ = nullptr;
};

bool sameGuid(const GUID& a, const GUID& b) {
  return a.Data1 == b.Data1 && a.Data2 == b.Data2 && a.Data3 == b.Data3 &&
         std::equal(std::begin(a.Data4), std::end(a.Data4), std::begin(b.Data4));
}

std::vector<std::string> decoders() {
  constexpr std::array<std::pair<cudaVideoCodec, const char*>, 6> kCodecs{{
      {cudaVideoCodec_H264, "h264"},
      {cudaVideoCodec_HEVC, "hevc"},
      {cudaVideoCodec_AV1, "av1"},
      {cudaVideoCodec_VP9, "vp9"},
      {cudaVideoCodec_VP8, "vp8"},
      {cudaVideoCodec_MPEG2, "mpeg2video"},
  }};
  std::vector<std::string> names;
  CuvidFunctions* loaded = nullptr;
  if (cuvid_load_functions(&loaded, nullptr) < 0) return names;
  const std::unique_ptr<CuvidFunctions, CuvidDeleter> cuvid(loaded);
  for (const auto& [codec, name] : kCodecs) {
    CUVIDDECODECAPS caps{};
    caps.eCodecType = codec;
    caps.eChromaFormat = cudaVideoChromaFormat_420;
    if (cuvid->cuvidGetDecoderCaps != nullptr &&
        cuvid->cuvidGetDecoderCaps(&caps) == CUDA_SUCCESS && caps.bIsSupported != 0)
      names.emplace_back(name);
  }
  return names;
}

std::vector<std::string> encoders(CUcontext context) {
  std::vector<std::string> names;
  NvencFunctions* loaded = nullptr;
  if (nvenc_load_functions(&loaded, nullptr) < 0) return names;
  const std::unique_ptr<NvencFunctions, NvencDeleter> library(loaded);
  NV_ENCODE_API_FUNCTION_LIST nvenc{};
  nvenc.version = NV_ENCODE_API_FUNCTION_LIST_VER;
  if (library->NvEncodeAPICreateInstance(&nvenc) != NV_ENC_SUCCESS) return names;
  NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS open{};
  open.version = NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER;
  open.apiVersion = NVENCAPI_VERSION;
  open.device = context;
  open.deviceType = NV_ENC_DEVICE_TYPE_CUDA;
  void* session = nullptr;
  if (nvenc.nvEncOpenEncodeSessionEx(&open, &session) != NV_ENC_SUCCESS) {
    if (session != nullptr) nvenc.nvEncDestroyEncoder(session);
    return names;
  }
  std::uint32_t count = 0;
  nvenc.nvEncGetEncodeGUIDCount(session, &count);
  std::vector<GUID> guids(count);
  nvenc.nvEncGetEncodeGUIDs(session, guids.data(), count, &count);
  for (const GUID& guid : guids) {
    if (sameGuid(guid, NV_ENC_CODEC_H264_GUID)) names.emplace_back("h264");
    if (sameGuid(guid, NV_ENC_CODEC_HEVC_GUID)) names.emplace_back("hevc");
    if (sameGuid(guid, NV_ENC_CODEC_AV1_GUID)) names.emplace_back("av1");
  }
  nvenc.nvEncDestroyEncoder(session);
  return names;
}

// The one question that the headers' function table leaves out.
std::int64_t memoryOf(CUdevice device) {
  void* library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return 0;
  using TotalMemory = CUresult (*)(std::size_t*, CUdevice);
  const auto total = reinterpret_cast<TotalMemory>(dlsym(library, "cuDeviceTotalMem_v2"));
  std::size_t bytes = 0;
  if (total == nullptr || total(&bytes, device) != CUDA_SUCCESS) bytes = 0;
  dlclose(library);
  return static_cast<std::int64_t>(bytes);
}

GpuReport reportCard(CudaFunctions& cuda, int index) {
  GpuReport report;
  report.index = index;
  CUdevice device = 0;
  if (cuda.cuDeviceGet(&device, index) != CUDA_SUCCESS) return report;
  std::array<char, 256> name{};
  cuda.cuDeviceGetName(name.data(), static_cast<int>(name.size()) - 1, device);
  report.name = name.data();
  report.memoryBytes = memoryOf(device);
  const CurrentContext context(cuda, device);
  if (context.get() == nullptr) return report;
  report.scales = true;
  report.decodes = decoders();
  report.encodes = encoders(context.get());
  return report;
}

}  // namespace

std::vector<GpuReport> reportNvidia(std::string& problem) {
  const CudaFunctionsPtr cuda = loadCudaFunctions();
  if (!cuda) {
    problem = "NVIDIA's driver is not installed on this machine.";
    return {};
  }
  int count = 0;
  if (cuda->cuInit(0) != CUDA_SUCCESS || cuda->cuDeviceGetCount(&count) != CUDA_SUCCESS ||
      count == 0) {
    problem = "NVIDIA's driver is installed but finds no usable card.";
    return {};
  }
  std::vector<GpuReport> reports;
  reports.reserve(static_cast<std::size_t>(count));
  for (int index = 0; index < count; ++index) reports.push_back(reportCard(*cuda, index));
  return reports;
}
#else
std::vector<GpuReport> reportNvidia(std::string& problem) {
  problem = "This build of Millrace was made without NVIDIA's headers.";
  return {};
}
#endif

}  // namespace millrace
