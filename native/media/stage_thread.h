#pragma once

#include <functional>
#include <optional>
#include <thread>

#include "media/error.h"
#include "media/log_scope.h"

namespace millrace {

/// The thread of one stage of a job: what the libraries log on it goes to the job, and whatever is
/// thrown on it becomes an error. Started and joined by the job's supervisor; joins when destroyed.
class StageThread {
 public:
  using Run = std::function<Result<void>()>;
  /// Called on the thread, last. With the reason `Run` gave, if any.
  using OnEnd = std::function<void(std::optional<Error>)>;

  /// `stage`: what an exception is reported as.
  void start(Stage stage, LogScope::Listener onLog, Run run, OnEnd onEnd);
  /// Waits for the thread to end, if it was started.
  void join();

 private:
  std::jthread thread_;
};

}  // namespace millrace
