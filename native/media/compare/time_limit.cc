#include "media/compare/time_limit.h"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace millrace {

TimeLimit::TimeLimit(std::chrono::milliseconds limit, std::stop_token stop)
    : passedOn_(std::move(stop), [this] { stopping_.request_stop(); }),
      clock_([this, limit](const std::stop_token& over) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any never;
        never.wait_for(lock, over, limit, [] { return false; });
        if (over.stop_requested()) return;
        up_ = !stopping_.stop_requested();
        stopping_.request_stop();
      }) {}

}  // namespace millrace
