#include "addon/addon_state.h"
#include "addon/byte_input.h"
#include "addon/byte_output.h"
#include "addon/compare_request.h"
#include "addon/device_request.h"
#include "addon/essence_read_kind.h"
#include "addon/job_object.h"
#include "addon/node_api.h"
#include "addon/reading_object.h"
#include "addon/recording_kind.h"
#include "addon/status_request.h"
#include "media/job/freed_memory.h"

namespace millrace::addon {
namespace {

void endAll(const Napi::CallbackInfo& info) { AddonState::of(info.Env()).endAll(); }

/// What `Addon` of src/addon.ts describes.
Napi::Object init(Napi::Env env, Napi::Object exports) {
  keepFreedMemoryLow();
  env.SetInstanceData(new AddonState(env));  // env's now
  exports.Set("Job", JobObject::define(env));
  exports.Set("EssenceRead", ReadingObject<EssenceReadKind>::define(env));
  exports.Set("Recording", ReadingObject<RecordingKind>::define(env));
  exports.Set("ByteInput", ByteInput::define(env));
  exports.Set("ByteOutput", ByteOutput::define(env));
  exports.Set("reportDevices", Napi::Function::New(env, &DeviceRequest::start, "reportDevices"));
  exports.Set("deviceStatus", Napi::Function::New(env, &StatusRequest::start, "deviceStatus"));
  exports.Set("comparePictures",
              Napi::Function::New(env, &CompareRequest::start, "comparePictures"));
  exports.Set("endAll", Napi::Function::New(env, &endAll, "endAll"));
  return exports;
}

}  // namespace

NODE_API_MODULE(millrace, init)

}  // namespace millrace::addon
