// Part of the double of NVIDIA's libraries: NVDEC's decoders, for 8 bit 4:2:0 H.264.
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "../double_control.h"
#include "../double_ledger.h"
#include "cuvid_api.h"
#include "h264_pictures.h"
#include "surfaces.h"

namespace nvidia_double {
namespace {

constexpr unsigned kMostWidth = 4096;
constexpr unsigned kMostHeight = 4096;

/// Counted as open from its making to its end.
struct Decoder {
  Decoder(CUcontext context, int number, unsigned width, unsigned height)
      : card(number), surfaces(context, width, height) {
    ++Ledger::get().mine().decoders[static_cast<std::size_t>(card)];
  }
  ~Decoder() { --Ledger::get().mine().decoders[static_cast<std::size_t>(card)]; }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// A picture may be mapped on another thread than the one that decodes.
  std::mutex mutex;
  const int card;
  Surfaces surfaces;
  H264Pictures pictures;
  std::int64_t decoded = 0;
};

Decoder& decoderOf(CUvideodecoder handle) { return *static_cast<Decoder*>(handle); }

/// That there is a context and its card is there. A copy of nothing asks the driver just that.
CUresult enter(CUcontext* context = nullptr, int* card = nullptr) {
  CUcontext current = nullptr;
  cuCtxGetCurrent(&current);
  if (context != nullptr) *context = current;
  int device = 0;
  if (const CUresult result = cuCtxGetDevice(card != nullptr ? card : &device);
      result != CUDA_SUCCESS)
    return result;
  return cuCtxSynchronize();
}

bool decodes(cudaVideoCodec codec, cudaVideoChromaFormat chroma, unsigned bitDepthMinus8,
             int card) {
  return codec == cudaVideoCodec_H264 && chroma == cudaVideoChromaFormat_420 &&
         bitDepthMinus8 == 0 && Control::get().lists("decodes", card, "h264", "h264");
}

}  // namespace
}  // namespace nvidia_double

using namespace nvidia_double;

CUresult cuvidGetDecoderCaps(CUVIDDECODECAPS* caps) {
  int card = 0;
  if (const CUresult result = enter(nullptr, &card); result != CUDA_SUCCESS) return result;
  caps->bIsSupported =
      decodes(caps->eCodecType, caps->eChromaFormat, caps->nBitDepthMinus8, card) ? 1 : 0;
  if (caps->bIsSupported == 0) return CUDA_SUCCESS;
  caps->nNumNVDECs = 1;
  caps->nOutputFormatMask = 1U << cudaVideoSurfaceFormat_NV12;
  caps->nMaxWidth = kMostWidth;
  caps->nMaxHeight = kMostHeight;
  caps->nMaxMBCount = kMostWidth * kMostHeight / 256;
  caps->nMinWidth = 48;
  caps->nMinHeight = 16;
  return CUDA_SUCCESS;
}

CUresult cuvidCreateDecoder(CUvideodecoder* handle, CUVIDDECODECREATEINFO* asked) {
  CUcontext context = nullptr;
  int card = 0;
  if (const CUresult result = enter(&context, &card); result != CUDA_SUCCESS) return result;
  if (!decodes(asked->CodecType, asked->ChromaFormat, static_cast<unsigned>(asked->bitDepthMinus8),
               card) ||
      asked->OutputFormat != cudaVideoSurfaceFormat_NV12 ||
      asked->ulTargetWidth != asked->ulWidth || asked->ulTargetHeight != asked->ulHeight)
    return kNotSupported;
  if (asked->ulNumDecodeSurfaces == 0 || asked->ulNumDecodeSurfaces > 32) return kInvalidValue;
  auto decoder = std::make_unique<Decoder>(context, card, static_cast<unsigned>(asked->ulWidth),
                                           static_cast<unsigned>(asked->ulHeight));
  const CUresult result =
      decoder->surfaces.allocate(asked->ulNumDecodeSurfaces, asked->ulNumOutputSurfaces);
  if (result != CUDA_SUCCESS) return result;
  if (!decoder->pictures.isOpen()) return CUDA_ERROR_UNKNOWN;
  *handle = decoder.release();
  return CUDA_SUCCESS;
}

CUresult cuvidDestroyDecoder(CUvideodecoder handle) {
  const std::unique_ptr<Decoder> decoder(&decoderOf(handle));
  return enter();
}

CUresult cuvidDecodePicture(CUvideodecoder handle, CUVIDPICPARAMS* picture) {
  if (const CUresult result = enter(); result != CUDA_SUCCESS) return result;
  Decoder& decoder = decoderOf(handle);
  const std::lock_guard lock(decoder.mutex);
  Control::get().delay("decode", decoder.card);
  if (decoder.decoded++ >= Control::get().number("fail-decode-after", decoder.card, kNever))
    return CUDA_ERROR_UNKNOWN;
  // A damaged picture is not an error of the call, as little as on a card.
  const AVFrame* decoded = decoder.pictures.decode(*picture);
  return decoded != nullptr ? decoder.surfaces.store(picture->CurrPicIdx, *decoded) : CUDA_SUCCESS;
}

CUresult cuvidGetDecodeStatus(CUvideodecoder, int, CUVIDGETDECODESTATUS* status) {
  *status = {};
  status->decodeStatus = cuvidDecodeStatus_Success;
  return enter();
}

CUresult cuvidMapVideoFrame64(CUvideodecoder handle, int index, unsigned long long* address,
                              unsigned* pitch, CUVIDPROCPARAMS*) {
  if (const CUresult result = enter(); result != CUDA_SUCCESS) return result;
  const std::lock_guard lock(decoderOf(handle).mutex);
  return decoderOf(handle).surfaces.map(index, *address, *pitch);
}

CUresult cuvidUnmapVideoFrame64(CUvideodecoder handle, unsigned long long address) {
  const std::lock_guard lock(decoderOf(handle).mutex);
  const CUresult unmapped = decoderOf(handle).surfaces.unmap(address);
  const CUresult result = enter();
  return result == CUDA_SUCCESS ? unmapped : result;
}
