#pragma once

#include <functional>
#include <memory>

#include "media/job/job_events.h"
#include "media/job/job_options.h"

namespace millrace {

/// One source and its renditions, from open to end.
///
/// Threads: constructed, started, stopped, cancelled and destroyed by its owner's thread. Events
/// come on the job's own threads, never two at a time, never after EndedEvent; a listener must not
/// block for long and must not destroy the job. The destructor cancels and joins every thread.
class Job {
 public:
  using Listener = std::function<void(JobEvent&&)>;

  Job(JobOptions options, Listener listener);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Starts the threads and returns at once; what follows comes as events. Called once.
  void start();
  /// Ends the source here: what was read is encoded and every output is finished properly.
  void stop();
  /// Breaks everything off; EndedEvent with kCancelled follows within a fraction of a second.
  void cancel();

 private:
  class Pipeline;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace millrace
