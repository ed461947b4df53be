#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "addon/addon_state.h"
#include "addon/doorbell.h"
#include "addon/node_api.h"
#include "media/record/recording.h"

namespace millrace::addon {

/// JavaScript's end of a Recording; `NativeRecording` of src/addon.ts says what its methods do.
///
/// Life: constructed idle; from `start` on it keeps itself and the process alive, until the end has
/// been told.
///
/// Owned by the JavaScript engine and used on its thread.
class RecordingObject final : public Napi::ObjectWrap<RecordingObject>, private Running {
 public:
  static Napi::Function define(Napi::Env env);

  explicit RecordingObject(const Napi::CallbackInfo& info);
  ~RecordingObject() override = default;

 private:
  void start(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);

  void cancel() override;
  void join() override;

  void tell(Napi::Env env);
  void close(Napi::Env env);

  std::optional<Recording::Options> options_;  ///< Until the start.
  Napi::FunctionReference onEnd_;              ///< (error?: NativeError) => void
  std::shared_ptr<Doorbell> doorbell_;
  std::mutex mutex_;  ///< Guards the two below, which a recording thread sets.
  bool ended_ = false;
  std::optional<Error> failure_;
  std::unique_ptr<Recording> recording_;  ///< From the start to the end.
};

}  // namespace millrace::addon
