// Part of the double of NVIDIA's libraries: streams and events. Everything is done by the time a
// call returns, so there is never anything to wait for.
#include "driver.h"

struct CUstream_st {};
struct CUevent_st {};

namespace nvidia_double {
namespace {

CUresult enterAny() {
  int card = 0;
  return enter(card);
}

}  // namespace
}  // namespace nvidia_double

using namespace nvidia_double;

CUresult cuStreamCreate(CUstream* stream, unsigned) {
  const CUresult result = enterAny();
  if (result == CUDA_SUCCESS) *stream = std::make_unique<CUstream_st>().release();
  return result;
}

CUresult cuStreamDestroy_v2(CUstream stream) {
  const std::unique_ptr<CUstream_st> owned(stream);
  return enterAny();
}

CUresult cuStreamQuery(CUstream) { return enterAny(); }
CUresult cuStreamSynchronize(CUstream) { return enterAny(); }
CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned) { return enterAny(); }

CUresult cuStreamAddCallback(CUstream stream, CUstreamCallback* callback, void* data, unsigned) {
  const CUresult result = enterAny();
  if (result == CUDA_SUCCESS) callback(stream, CUDA_SUCCESS, data);
  return result;
}

CUresult cuEventCreate(CUevent* event, unsigned) {
  const CUresult result = enterAny();
  if (result == CUDA_SUCCESS) *event = std::make_unique<CUevent_st>().release();
  return result;
}

CUresult cuEventDestroy_v2(CUevent event) {
  const std::unique_ptr<CUevent_st> owned(event);
  return enterAny();
}

CUresult cuEventQuery(CUevent) { return enterAny(); }
CUresult cuEventSynchronize(CUevent) { return enterAny(); }
CUresult cuEventRecord(CUevent, CUstream) { return enterAny(); }
