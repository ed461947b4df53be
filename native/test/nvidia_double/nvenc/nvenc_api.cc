// Part of the double of NVIDIA's libraries: NVENC's table of functions, as FFmpeg uses it.
#include <algorithm>
#include <utility>

#include "nvenc_input.h"
#include "nvenc_questions.h"
#include "session.h"

namespace nvidia_double {
namespace {

Session& sessionOf(void* encoder) { return *static_cast<Session*>(encoder); }

NVENCSTATUS openSession(NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS* asked, void** encoder) {
  *encoder = nullptr;
  if (asked->version != NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER) return NV_ENC_ERR_INVALID_VERSION;
  if (asked->device == nullptr || asked->deviceType != NV_ENC_DEVICE_TYPE_CUDA)
    return NV_ENC_ERR_INVALID_DEVICE;
  std::unique_ptr<Session> session;
  const NVENCSTATUS status = Session::open(static_cast<CUcontext>(asked->device), session);
  *encoder = session.release();
  return status;
}

NVENCSTATUS destroySession(void* encoder) {
  const std::unique_ptr<Session> session(static_cast<Session*>(encoder));
  return NV_ENC_SUCCESS;
}

NVENCSTATUS initialize(void* encoder, NV_ENC_INITIALIZE_PARAMS* asked) {
  if (asked->version != NV_ENC_INITIALIZE_PARAMS_VER) return NV_ENC_ERR_INVALID_VERSION;
  const NVENCSTATUS status = sessionOf(encoder).enter();
  return status == NV_ENC_SUCCESS ? sessionOf(encoder).initialize(*asked) : status;
}

NVENCSTATUS reconfigure(void* encoder, NV_ENC_RECONFIGURE_PARAMS* asked) {
  const NVENCSTATUS status = sessionOf(encoder).enter();
  return status == NV_ENC_SUCCESS ? sessionOf(encoder).reconfigure(*asked) : status;
}

NVENCSTATUS setStreams(void* encoder, NV_ENC_CUSTREAM_PTR, NV_ENC_CUSTREAM_PTR) {
  return sessionOf(encoder).enter();
}

NVENCSTATUS sequenceParams(void* encoder, NV_ENC_SEQUENCE_PARAM_PAYLOAD* asked) {
  if (const NVENCSTATUS status = sessionOf(encoder).enter(); status != NV_ENC_SUCCESS)
    return status;
  std::vector<std::uint8_t> bytes;
  if (const NVENCSTATUS status = sessionOf(encoder).headers(bytes); status != NV_ENC_SUCCESS)
    return status;
  if (bytes.size() > asked->inBufferSize) return NV_ENC_ERR_NOT_ENOUGH_BUFFER;
  std::copy(bytes.begin(), bytes.end(), static_cast<std::uint8_t*>(asked->spsppsBuffer));
  *asked->outSPSPPSPayloadSize = static_cast<std::uint32_t>(bytes.size());
  return NV_ENC_SUCCESS;
}

NVENCSTATUS createBitstream(void* encoder, NV_ENC_CREATE_BITSTREAM_BUFFER* asked) {
  asked->bitstreamBuffer = sessionOf(encoder).addBitstream();
  return sessionOf(encoder).enter();
}

NVENCSTATUS destroyBitstream(void* encoder, NV_ENC_OUTPUT_PTR handle) {
  return sessionOf(encoder).removeBitstream(handle) ? NV_ENC_SUCCESS : NV_ENC_ERR_INVALID_PARAM;
}

NVENCSTATUS encodePicture(void* encoder, NV_ENC_PIC_PARAMS* asked) {
  if (asked->version != NV_ENC_PIC_PARAMS_VER) return NV_ENC_ERR_INVALID_VERSION;
  const NVENCSTATUS status = sessionOf(encoder).enter();
  return status == NV_ENC_SUCCESS ? sessionOf(encoder).encode(*asked) : status;
}

NVENCSTATUS lockBitstream(void* encoder, NV_ENC_LOCK_BITSTREAM* lock) {
  if (const NVENCSTATUS status = sessionOf(encoder).enter(); status != NV_ENC_SUCCESS)
    return status;
  Bitstream* bitstream = sessionOf(encoder).bitstream(lock->outputBitstream);
  if (bitstream == nullptr || bitstream->bytes.empty()) return NV_ENC_ERR_INVALID_PARAM;
  lock->bitstreamBufferPtr = bitstream->bytes.data();
  lock->bitstreamSizeInBytes = static_cast<std::uint32_t>(bitstream->bytes.size());
  lock->pictureType = bitstream->type;
  lock->pictureStruct = NV_ENC_PIC_STRUCT_FRAME;
  lock->outputTimeStamp = bitstream->timestamp;
  lock->outputDuration = bitstream->duration;
  lock->frameIdx = bitstream->frameIdx;
  lock->frameAvgQP = bitstream->averageQp;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS unlockBitstream(void* encoder, NV_ENC_OUTPUT_PTR handle) {
  if (const NVENCSTATUS status = sessionOf(encoder).enter(); status != NV_ENC_SUCCESS)
    return status;
  Bitstream* bitstream = sessionOf(encoder).bitstream(handle);
  if (bitstream == nullptr) return NV_ENC_ERR_INVALID_PARAM;
  bitstream->bytes.clear();
  return NV_ENC_SUCCESS;
}

const char* lastError(void*) { return "this is a double of NVENC"; }

}  // namespace
}  // namespace nvidia_double

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(std::uint32_t* version) {
  *version = NVENCAPI_MAJOR_VERSION << 4 | NVENCAPI_MINOR_VERSION;
  return NV_ENC_SUCCESS;
}

EXPORTED NVENCSTATUS NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST* functions) {
  using namespace nvidia_double;
  if (functions->version != NV_ENCODE_API_FUNCTION_LIST_VER) return NV_ENC_ERR_INVALID_VERSION;
  *functions = {};
  functions->version = NV_ENCODE_API_FUNCTION_LIST_VER;
  answerQuestions(*functions);
  takeInput(*functions);
  functions->nvEncOpenEncodeSessionEx = openSession;
  functions->nvEncDestroyEncoder = destroySession;
  functions->nvEncInitializeEncoder = initialize;
  functions->nvEncReconfigureEncoder = reconfigure;
  functions->nvEncSetIOCudaStreams = setStreams;
  functions->nvEncGetSequenceParams = sequenceParams;
  functions->nvEncCreateBitstreamBuffer = createBitstream;
  functions->nvEncDestroyBitstreamBuffer = destroyBitstream;
  functions->nvEncEncodePicture = encodePicture;
  functions->nvEncLockBitstream = lockBitstream;
  functions->nvEncUnlockBitstream = unlockBitstream;
  functions->nvEncGetLastErrorString = lastError;
  return NV_ENC_SUCCESS;
}
