#include "media/stage_thread.h"

#include <exception>
#include <utility>

namespace millrace {

void StageThread::start(Stage stage, LogScope::Listener onLog, Run run, OnEnd onEnd) {
  thread_ = std::jthread(
      [stage, onLog = std::move(onLog), run = std::move(run), onEnd = std::move(onEnd)] {
        const LogScope scope(onLog);
        std::optional<Error> failure;
        try {
          if (Result<void> ran = run(); !ran) failure = std::move(ran).error();
        } catch (const std::exception& exception) {
          failure = Error{.code = ErrorCode::kInternal,
                          .stage = stage,
                          .message = "A stage of the job ran out of resources.",
                          .cause = exception.what()};
        }
        onEnd(std::move(failure));
      });
}

void StageThread::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace millrace
