#include "addon/device_request.h"

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

namespace millrace::addon {
namespace {

Napi::Array textsToJs(Napi::Env env, const std::vector<std::string>& texts) {
  Napi::Array array = Napi::Array::New(env, texts.size());
  for (std::uint32_t i = 0; i < texts.size(); ++i) array.Set(i, texts[i]);
  return array;
}

Napi::Object gpuToJs(Napi::Env env, const GpuReport& gpu) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", gpu.index);
  object.Set("name", gpu.name);
  object.Set("memoryBytes", static_cast<double>(gpu.memoryBytes));
  object.Set("decodes", textsToJs(env, gpu.decodes));
  object.Set("scales", gpu.scales);
  object.Set("encodes", textsToJs(env, gpu.encodes));
  return object;
}

Napi::Object reportToJs(Napi::Env env, const DeviceReport& report) {
  Napi::Object object = Napi::Object::New(env);
  Napi::Array gpus = Napi::Array::New(env, report.gpus.size());
  for (std::uint32_t i = 0; i < report.gpus.size(); ++i) gpus.Set(i, gpuToJs(env, report.gpus[i]));
  object.Set("gpus", gpus);
  if (!report.gpuProblem.empty()) object.Set("gpuProblem", report.gpuProblem);
  Napi::Object cpu = Napi::Object::New(env);
  cpu.Set("cores", report.cpuCores);
  cpu.Set("decodes", textsToJs(env, report.cpuDecodes));
  cpu.Set("encodes", textsToJs(env, report.cpuEncodes));
  object.Set("cpu", cpu);
  Napi::Object ffmpeg = Napi::Object::New(env);
  ffmpeg.Set("version", report.ffmpegVersion);
  ffmpeg.Set("license", report.ffmpegLicense);
  object.Set("ffmpeg", ffmpeg);
  return object;
}

}  // namespace

Napi::Value DeviceRequest::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::unique_ptr<DeviceRequest> owned(new DeviceRequest(env));
  DeviceRequest* request = owned.get();
  request->doorbell_ = Doorbell::create(env, "millrace.reportDevices",
                                        [request](Napi::Env visited) { request->settle(visited); });
  try {
    request->thread_ = std::jthread([request] {
      request->report_ = reportDevices();
      request->doorbell_->ring();
    });
  } catch (const std::system_error& error) {
    request->doorbell_->close();
    throw Napi::Error::New(env, std::string("No thread can be started: ") + error.what());
  }
  AddonState::of(env).add(*request);
  static_cast<void>(owned.release());  // settle's or join's now
  return request->deferred_.Promise();
}

void DeviceRequest::join() {
  thread_.join();
  doorbell_->close();
  delete this;
}

void DeviceRequest::settle(Napi::Env env) {
  AddonState::of(env).remove(*this);
  deferred_.Resolve(reportToJs(env, report_));
  join();
}

}  // namespace millrace::addon
