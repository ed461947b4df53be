#pragma once

#include <memory>

#include "addon/doorbell.h"
#include "addon/node_api.h"
#include "addon/output_handoff.h"

namespace millrace::addon {

/// JavaScript's end of an OutputHandoff; `NativeByteOutput` of src/addon.ts says what its methods
/// do. Owned by the JavaScript engine and used on its thread.
class ByteOutput final : public Napi::ObjectWrap<ByteOutput> {
 public:
  static Napi::Function define(Napi::Env env);
  /// Throws Napi::Error unless `value` is a ByteOutput of this addon.
  static ByteOutput& unwrap(const Napi::Value& value);

  explicit ByteOutput(const Napi::CallbackInfo& info);
  ~ByteOutput() override { doorbell_->close(); }

  const std::shared_ptr<OutputHandoff>& handoff() const { return handoff_; }

 private:
  void acknowledge(const Napi::CallbackInfo& info);
  void fail(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  void tell(Napi::Env env);

  Napi::FunctionReference onEvent_;  ///< (event: 'write' | 'finish' | 'closed', bytes?) => void
  std::shared_ptr<Doorbell> doorbell_;
  std::shared_ptr<OutputHandoff> handoff_;
};

}  // namespace millrace::addon
