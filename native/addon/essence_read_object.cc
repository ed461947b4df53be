#include "addon/essence_read_object.h"

#include <exception>
#include <string>
#include <utility>

#include "addon/essence_to_js.h"
#include "addon/job_events_to_js.h"
#include "addon/job_options_from_js.h"

namespace millrace::addon {

Napi::Function EssenceReadObject::define(Napi::Env env) {
  return DefineClass(env, "EssenceRead",
                     {InstanceMethod<&EssenceReadObject::start>("start"),
                      InstanceMethod<&EssenceReadObject::cancel>("cancel")});
}

EssenceReadObject::EssenceReadObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const auto options = info[0].As<Napi::Object>();
  options_ = EssenceRead::Options{.input = inputOptionsFromJs(options),
                                  .policy = addressPolicyFromJs(options)};
  const Napi::Value durationMs = options.Get("durationMs");
  if (durationMs.IsNumber())
    options_->duration = std::chrono::milliseconds(durationMs.As<Napi::Number>().Int64Value());
  onEnd_ = Napi::Persistent(info[1].As<Napi::Function>());
}

void EssenceReadObject::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!options_) throw Napi::Error::New(env, "A read starts only once.");
  EssenceRead::Options options = std::move(*options_);
  options_.reset();
  doorbell_ =
      Doorbell::create(env, "millrace.EssenceRead", [this](Napi::Env visited) { tell(visited); });
  Ref();
  AddonState::of(env).add(*this);
  try {
    read_ = std::make_unique<EssenceRead>(std::move(options), [this](Result<EssenceCopy>&& end) {
      {
        const std::lock_guard lock(mutex_);
        end_.emplace(std::move(end));
      }
      doorbell_->ring();
    });
    read_->start();
  } catch (const std::exception& error) {
    close(env);
    throw Napi::Error::New(env, std::string("The read could not be started: ") + error.what());
  }
}

void EssenceReadObject::cancel(const Napi::CallbackInfo& /*info*/) { cancel(); }

void EssenceReadObject::cancel() {
  if (read_) read_->cancel();
}

void EssenceReadObject::join() { read_.reset(); }

void EssenceReadObject::tell(Napi::Env env) {
  [[maybe_unused]] const Napi::Object self = Value();  // Not to be collected while this runs.
  const Napi::Function onEnd = onEnd_.Value();
  // The thread has said its last: there is next to nothing to wait for.
  join();
  const std::lock_guard lock(mutex_);
  if (!end_) return;
  const Result<EssenceCopy> end = std::move(*end_);
  end_.reset();
  Napi::Object told = Napi::Object::New(env);
  if (end)
    told.Set("copy", essenceCopyToJs(env, *end));
  else
    told.Set("error", errorToJs(env, end.error()));
  close(env);
  onEnd.Call({told});
}

void EssenceReadObject::close(Napi::Env env) {
  join();
  AddonState::of(env).remove(*this);
  doorbell_->close();
  onEnd_.Reset();
  Unref();
}

}  // namespace millrace::addon
