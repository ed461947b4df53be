#pragma once

#include <memory>

#include "addon/doorbell.h"
#include "addon/input_queue.h"
#include "addon/node_api.h"

namespace millrace::addon {

/// JavaScript's end of an InputQueue; `NativeByteInput` of src/addon.ts says what its methods do.
/// Owned by the JavaScript engine and used on its thread.
class ByteInput final : public Napi::ObjectWrap<ByteInput> {
 public:
  static Napi::Function define(Napi::Env env);
  /// Throws Napi::Error unless `value` is a ByteInput of this addon.
  static ByteInput& unwrap(const Napi::Value& value);

  explicit ByteInput(const Napi::CallbackInfo& info);
  ~ByteInput() override { doorbell_->close(); }

  const std::shared_ptr<InputQueue>& queue() const { return queue_; }

 private:
  Napi::Value write(const Napi::CallbackInfo& info);
  void end(const Napi::CallbackInfo& info);
  void fail(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  void tell(Napi::Env env);

  Napi::FunctionReference onEvent_;  ///< (event: 'drain' | 'closed') => void
  std::shared_ptr<Doorbell> doorbell_;
  std::shared_ptr<InputQueue> queue_;
};

}  // namespace millrace::addon
