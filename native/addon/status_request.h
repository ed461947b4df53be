#pragma once

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "addon/addon_state.h"
#include "addon/doorbell.h"
#include "addon/node_api.h"
#include "media/device/nvidia_status.h"

namespace millrace::addon {

/// One `deviceStatus()`: asks the driver on a thread of its own, and settles a promise. Owns itself
/// until then. JavaScript thread.
///
/// It is asked while cards are at work, also those that fail: a driver that does not answer is left
/// alone at the end of the process, with the thread that waits for it.
class StatusRequest final : private Running {
 public:
  /// Returns the promise of a list of `DeviceStatus` of src/transcoder/device-status.ts.
  static Napi::Value start(const Napi::CallbackInfo& info);

  ~StatusRequest() override = default;

 private:
  /// Shared with the thread, which may outlive the request.
  struct Answer {
    std::vector<GpuStatus> gpus;  ///< The thread's until it is `given`.
    std::promise<void> given;
    std::shared_ptr<Doorbell> doorbell;
  };

  explicit StatusRequest(Napi::Env env) : deferred_(Napi::Promise::Deferred::New(env)) {}

  void cancel() override {}
  void join() override;
  void settle(Napi::Env env);

  Napi::Promise::Deferred deferred_;
  std::shared_ptr<Answer> answer_ = std::make_shared<Answer>();
  std::future<void> given_ = answer_->given.get_future();
  std::jthread thread_;
};

}  // namespace millrace::addon
