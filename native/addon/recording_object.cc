#include "addon/recording_object.h"

#include <exception>
#include <string>
#include <utility>

#include "addon/job_events_to_js.h"
#include "addon/job_options_from_js.h"

namespace millrace::addon {

Napi::Function RecordingObject::define(Napi::Env env) {
  return DefineClass(env, "Recording",
                     {InstanceMethod<&RecordingObject::start>("start"),
                      InstanceMethod<&RecordingObject::cancel>("cancel")});
}

RecordingObject::RecordingObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const auto options = info[0].As<Napi::Object>();
  options_ = Recording::Options{.input = inputOptionsFromJs(options),
                                .policy = addressPolicyFromJs(options),
                                .path = options.Get("path").As<Napi::String>()};
  const Napi::Value durationMs = options.Get("durationMs");
  if (durationMs.IsNumber())
    options_->duration = std::chrono::milliseconds(durationMs.As<Napi::Number>().Int64Value());
  onEnd_ = Napi::Persistent(info[1].As<Napi::Function>());
}

void RecordingObject::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!options_) throw Napi::Error::New(env, "A recording starts only once.");
  Recording::Options options = std::move(*options_);
  options_.reset();
  doorbell_ =
      Doorbell::create(env, "millrace.Recording", [this](Napi::Env visited) { tell(visited); });
  Ref();
  AddonState::of(env).add(*this);
  try {
    recording_ =
        std::make_unique<Recording>(std::move(options), [this](std::optional<Error> failure) {
          {
            const std::lock_guard lock(mutex_);
            ended_ = true;
            failure_ = std::move(failure);
          }
          doorbell_->ring();
        });
    recording_->start();
  } catch (const std::exception& error) {
    close(env);
    throw Napi::Error::New(env, std::string("The recording could not be started: ") + error.what());
  }
}

void RecordingObject::cancel(const Napi::CallbackInfo& /*info*/) { cancel(); }

void RecordingObject::cancel() {
  if (recording_) recording_->cancel();
}

void RecordingObject::join() { recording_.reset(); }

void RecordingObject::tell(Napi::Env env) {
  [[maybe_unused]] const Napi::Object self = Value();  // Not to be collected while this runs.
  const Napi::Function onEnd = onEnd_.Value();
  // The threads have said their last: there is next to nothing to wait for.
  join();
  std::optional<Error> failure;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(ended_, false)) return;
    failure = std::move(failure_);
  }
  close(env);
  if (failure)
    onEnd.Call({errorToJs(env, *failure)});
  else
    onEnd.Call({});
}

void RecordingObject::close(Napi::Env env) {
  join();
  AddonState::of(env).remove(*this);
  doorbell_->close();
  onEnd_.Reset();
  Unref();
}

}  // namespace millrace::addon
