#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "addon/addon_state.h"
#include "addon/doorbell.h"
#include "addon/node_api.h"
#include "media/essence/essence_read.h"

namespace millrace::addon {

/// JavaScript's end of an EssenceRead; `NativeEssenceRead` of src/addon.ts says what its methods
/// do.
///
/// Life: constructed idle; from `start` on it keeps itself and the process alive, until the end has
/// been told.
///
/// Owned by the JavaScript engine and used on its thread.
class EssenceReadObject final : public Napi::ObjectWrap<EssenceReadObject>, private Running {
 public:
  static Napi::Function define(Napi::Env env);

  explicit EssenceReadObject(const Napi::CallbackInfo& info);
  ~EssenceReadObject() override = default;

 private:
  void start(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);

  void cancel() override;
  void join() override;

  void tell(Napi::Env env);
  void close(Napi::Env env);

  std::optional<EssenceRead::Options> options_;  ///< Until the start.
  Napi::FunctionReference onEnd_;                ///< (end: NativeEssenceEnd) => void
  std::shared_ptr<Doorbell> doorbell_;
  std::mutex mutex_;  ///< Guards `end_`, which the reading thread sets.
  std::optional<Result<EssenceCopy>> end_;
  std::unique_ptr<EssenceRead> read_;  ///< From the start to the end.
};

}  // namespace millrace::addon
