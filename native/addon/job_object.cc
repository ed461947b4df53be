#include "addon/job_object.h"

#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "addon/job_events_to_js.h"
#include "addon/job_options_from_js.h"

namespace millrace::addon {

Napi::Function JobObject::define(Napi::Env env) {
  return DefineClass(
      env, "Job",
      {InstanceMethod<&JobObject::start>("start"), InstanceMethod<&JobObject::stop>("stop"),
       InstanceMethod<&JobObject::cancel>("cancel")});
}

JobObject::JobObject(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  options_ = jobOptionsFromJs(info[0].As<Napi::Object>());
  onEvents_ = Napi::Persistent(info[1].As<Napi::Function>());
}

void JobObject::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!options_) throw Napi::Error::New(env, "A job starts only once.");
  JobOptions options = std::move(*options_);
  options_.reset();
  events_ = std::make_shared<EventQueue>();
  doorbell_ = Doorbell::create(env, "millrace.Job", [this](Napi::Env visited) { tell(visited); });
  Ref();
  AddonState::of(env).add(*this);
  try {
    job_ = std::make_unique<Job>(std::move(options),
                                 [events = events_, doorbell = doorbell_](JobEvent&& event) {
                                   events->push(std::move(event));
                                   doorbell->ring();
                                 });
    job_->start();
  } catch (const std::exception& error) {
    job_.reset();
    close(env);
    throw Napi::Error::New(env, std::string("The job could not be started: ") + error.what());
  }
}

void JobObject::stop(const Napi::CallbackInfo& /*info*/) {
  if (job_) job_->stop();
}

void JobObject::cancel(const Napi::CallbackInfo& /*info*/) { cancel(); }

void JobObject::cancel() {
  if (job_) job_->cancel();
}

void JobObject::join() {
  job_.reset();
  if (reaper_.joinable()) reaper_.join();
}

void JobObject::tell(Napi::Env env) {
  [[maybe_unused]] const Napi::Object self = Value();  // Not to be collected while this runs.
  const Napi::Function onEvents = onEvents_.Value();
  const std::vector<JobEvent> events = events_->takeAll();
  const Napi::Array told = Napi::Array::New(env, events.size());
  for (std::uint32_t i = 0; i < events.size(); ++i) told.Set(i, jobEventToJs(env, events[i]));
  if (!events.empty() && std::holds_alternative<EndedEvent>(events.back())) reap();
  if (reaped_) {
    close(env);
    told.Set(told.Length(), closedEventToJs(env));
  }
  if (told.Length() > 0) onEvents.Call({told});
}

void JobObject::reap() {
  try {
    reaper_ = std::jthread([this, job = std::move(job_), doorbell = doorbell_]() mutable {
      job.reset();
      reaped_ = true;
      doorbell->ring();
    });
  } catch (const std::system_error&) {  // Out of threads: then JavaScript does wait.
    job_.reset();
    reaped_ = true;
  }
}

void JobObject::close(Napi::Env env) {
  join();
  AddonState::of(env).remove(*this);
  doorbell_->close();
  onEvents_.Reset();
  Unref();
}

}  // namespace millrace::addon
