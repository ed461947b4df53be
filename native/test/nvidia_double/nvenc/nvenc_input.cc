#include "nvenc_input.h"

#include <utility>

#include "session.h"

namespace nvidia_double {
namespace {

Session& sessionOf(void* encoder) { return *static_cast<Session*>(encoder); }

NVENCSTATUS createBuffer(void* encoder, NV_ENC_CREATE_INPUT_BUFFER* asked) {
  Session& session = sessionOf(encoder);
  if (const NVENCSTATUS status = session.enter(); status != NV_ENC_SUCCESS) return status;
  if (!InputPicture::takes(asked->bufferFmt)) return NV_ENC_ERR_UNSUPPORTED_PARAM;
  auto picture = std::make_unique<InputPicture>();
  picture->format = asked->bufferFmt;
  picture->height = (asked->height + 1) & ~1U;
  picture->pitch = (asked->width + 63) & ~63U;
  picture->own.resize(picture->size());
  picture->pixels = picture->own.data();
  asked->inputBuffer = session.addPicture(std::move(picture));
  return NV_ENC_SUCCESS;
}

NVENCSTATUS removePicture(void* encoder, void* handle) {
  return sessionOf(encoder).removePicture(handle) ? NV_ENC_SUCCESS : NV_ENC_ERR_INVALID_PARAM;
}

NVENCSTATUS lockBuffer(void* encoder, NV_ENC_LOCK_INPUT_BUFFER* lock) {
  Session& session = sessionOf(encoder);
  if (const NVENCSTATUS status = session.enter(); status != NV_ENC_SUCCESS) return status;
  InputPicture* picture = session.picture(lock->inputBuffer);
  if (picture == nullptr || picture->own.empty()) return NV_ENC_ERR_INVALID_PARAM;
  lock->bufferDataPtr = picture->pixels;
  lock->pitch = picture->pitch;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS unlockBuffer(void* encoder, NV_ENC_INPUT_PTR) { return sessionOf(encoder).enter(); }

NVENCSTATUS registerResource(void* encoder, NV_ENC_REGISTER_RESOURCE* asked) {
  Session& session = sessionOf(encoder);
  if (const NVENCSTATUS status = session.enter(); status != NV_ENC_SUCCESS) return status;
  if (asked->resourceType != NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR)
    return NV_ENC_ERR_UNIMPLEMENTED;
  if (!InputPicture::takes(asked->bufferFormat)) return NV_ENC_ERR_UNSUPPORTED_PARAM;
  auto picture = std::make_unique<InputPicture>();
  picture->format = asked->bufferFormat;
  picture->height = asked->height;
  picture->pitch = asked->pitch;
  picture->pixels = static_cast<std::uint8_t*>(asked->resourceToRegister);
  const auto address = reinterpret_cast<CUdeviceptr>(asked->resourceToRegister);
  CUdeviceptr start = 0;
  std::size_t size = 0;
  const bool onDevice = cuMemGetAddressRange_v2(&start, &size, address) == CUDA_SUCCESS;
  if (!onDevice || asked->pitch < asked->width || address + picture->size() > start + size)
    return NV_ENC_ERR_RESOURCE_REGISTER_FAILED;
  asked->registeredResource = session.addPicture(std::move(picture));
  return NV_ENC_SUCCESS;
}

NVENCSTATUS mapResource(void* encoder, NV_ENC_MAP_INPUT_RESOURCE* asked) {
  Session& session = sessionOf(encoder);
  if (const NVENCSTATUS status = session.enter(); status != NV_ENC_SUCCESS) return status;
  InputPicture* picture = session.picture(asked->registeredResource);
  if (picture == nullptr) return NV_ENC_ERR_RESOURCE_NOT_REGISTERED;
  if (std::exchange(picture->mapped, true)) return NV_ENC_ERR_MAP_FAILED;
  asked->mappedResource = picture;
  asked->mappedBufferFmt = picture->format;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS unmapResource(void* encoder, void* handle) {
  InputPicture* picture = sessionOf(encoder).picture(handle);
  if (picture == nullptr || !std::exchange(picture->mapped, false))
    return NV_ENC_ERR_RESOURCE_NOT_MAPPED;
  return NV_ENC_SUCCESS;
}

}  // namespace

void takeInput(NV_ENCODE_API_FUNCTION_LIST& functions) {
  functions.nvEncCreateInputBuffer = createBuffer;
  functions.nvEncDestroyInputBuffer = removePicture;
  functions.nvEncLockInputBuffer = lockBuffer;
  functions.nvEncUnlockInputBuffer = unlockBuffer;
  functions.nvEncRegisterResource = registerResource;
  functions.nvEncUnregisterResource = removePicture;
  functions.nvEncMapInputResource = mapResource;
  functions.nvEncUnmapInputResource = unmapResource;
}

}  // namespace nvidia_double
