#pragma once

#include <memory>
#include <thread>

#include "addon/addon_state.h"
#include "addon/doorbell.h"
#include "addon/node_api.h"
#include "media/device/device_report.h"

namespace millrace::addon {

/// One `reportDevices()`: asks the driver on a thread of its own, and settles a promise. Owns
/// itself until then. JavaScript thread.
class DeviceRequest final : private Running {
 public:
  /// Returns the promise of a `DeviceReport` of src/transcoder/devices.ts.
  static Napi::Value start(const Napi::CallbackInfo& info);

  ~DeviceRequest() override = default;

 private:
  explicit DeviceRequest(Napi::Env env) : deferred_(Napi::Promise::Deferred::New(env)) {}

  void cancel() override {}  // The driver cannot be hurried; it takes a second at most.
  void join() override;
  void settle(Napi::Env env);

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Doorbell> doorbell_;
  DeviceReport report_;  ///< The thread's until it has rung.
  std::jthread thread_;
};

}  // namespace millrace::addon
