#include "addon/status_request.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

namespace millrace::addon {
namespace {

// What a driver that works needs is some tens of milliseconds.
constexpr std::chrono::seconds kLongestWait{2};

template <typename Number>
void setIfKnown(Napi::Object& object, const char* key, const std::optional<Number>& value) {
  if (value) object.Set(key, static_cast<double>(*value));
}

Napi::Object statusToJs(Napi::Env env, const GpuStatus& status) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", status.index);
  object.Set("name", status.name);
  object.Set("uuid", status.uuid);
  setIfKnown(object, "memoryUsedBytes", status.memoryUsedBytes);
  setIfKnown(object, "memoryTotalBytes", status.memoryTotalBytes);
  setIfKnown(object, "computePercent", status.computePercent);
  setIfKnown(object, "encoderPercent", status.encoderPercent);
  setIfKnown(object, "decoderPercent", status.decoderPercent);
  setIfKnown(object, "encoderSessions", status.encoderSessions);
  setIfKnown(object, "temperatureCelsius", status.temperatureCelsius);
  return object;
}

}  // namespace

Napi::Value StatusRequest::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::unique_ptr<StatusRequest> owned(new StatusRequest(env));
  StatusRequest* request = owned.get();
  request->answer_->doorbell = Doorbell::create(
      env, "millrace.deviceStatus", [request](Napi::Env visited) { request->settle(visited); });
  try {
    request->thread_ = std::jthread([answer = request->answer_] {
      answer->gpus = nvidiaStatus();
      answer->given.set_value();
      answer->doorbell->ring();
    });
  } catch (const std::system_error& error) {
    request->answer_->doorbell->close();
    throw Napi::Error::New(env, std::string("No thread can be started: ") + error.what());
  }
  AddonState::of(env).add(*request);
  static_cast<void>(owned.release());  // settle's or join's now
  return request->deferred_.Promise();
}

void StatusRequest::join() {
  if (given_.wait_for(kLongestWait) != std::future_status::ready) thread_.detach();
  answer_->doorbell->close();
  delete this;
}

void StatusRequest::settle(Napi::Env env) {
  AddonState::of(env).remove(*this);
  Napi::Array statuses = Napi::Array::New(env, answer_->gpus.size());
  for (std::uint32_t i = 0; i < answer_->gpus.size(); ++i)
    statuses.Set(i, statusToJs(env, answer_->gpus[i]));
  deferred_.Resolve(statuses);
  join();
}

}  // namespace millrace::addon
