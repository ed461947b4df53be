#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "addon/addon_state.h"
#include "addon/doorbell.h"
#include "addon/event_queue.h"
#include "addon/node_api.h"
#include "media/job/job.h"

namespace millrace::addon {

/// JavaScript's end of a Job; `NativeJob` of src/addon.ts says what its methods do.
///
/// Life: constructed idle; from `start` on it keeps itself and the process alive; after EndedEvent
/// a thread of its own destroys the job, since joining a job's threads may take a while and
/// JavaScript is not to wait; then `closed` is told, and everything is let go of.
///
/// Owned by the JavaScript engine and used on its thread.
class JobObject final : public Napi::ObjectWrap<JobObject>, private Running {
 public:
  static Napi::Function define(Napi::Env env);

  explicit JobObject(const Napi::CallbackInfo& info);
  ~JobObject() override = default;

 private:
  void start(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  void cancel(const Napi::CallbackInfo& info);

  void cancel() override;
  void join() override;

  void tell(Napi::Env env);
  void reap();
  void close(Napi::Env env);

  std::optional<JobOptions> options_;  ///< Until the start.
  Napi::FunctionReference onEvents_;   ///< (events: NativeEvent[]) => void
  std::shared_ptr<EventQueue> events_;
  std::shared_ptr<Doorbell> doorbell_;
  std::unique_ptr<Job> job_;  ///< From the start to EndedEvent.
  std::jthread reaper_;       ///< From EndedEvent on.
  std::atomic<bool> reaped_ = false;
};

}  // namespace millrace::addon
