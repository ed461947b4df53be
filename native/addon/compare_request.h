#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <variant>

#include "addon/addon_state.h"
#include "addon/doorbell.h"
#include "addon/node_api.h"
#include "media/compare/comparison.h"

namespace millrace::addon {

/// One `comparePictures()`: works on a thread of its own, and settles a promise. Owns itself until
/// then. JavaScript thread.
class CompareRequest final : private Running {
 public:
  /// Takes a `NativeComparisonOptions` of src/addon.ts, and returns a `NativeComparison`.
  static Napi::Value start(const Napi::CallbackInfo& info);

  ~CompareRequest() override = default;

 private:
  explicit CompareRequest(Napi::Env env) : deferred_(Napi::Promise::Deferred::New(env)) {}

  void cancel() override { stop_.request_stop(); }
  void join() override;
  void settle(Napi::Env env);

  Napi::Promise::Deferred deferred_;
  std::stop_source stop_;
  std::shared_ptr<Doorbell> doorbell_;
  /// The thread's until it has rung.
  std::optional<std::variant<PictureComparison, ComparisonFailure>> outcome_;
  std::jthread thread_;
};

}  // namespace millrace::addon
