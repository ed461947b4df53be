#include "addon/event_queue.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

namespace millrace::addon {

void EventQueue::push(JobEvent&& event) {
  const std::lock_guard lock(mutex_);
  if (std::holds_alternative<LogEvent>(event)) {
    if (logs_ == kMaxLogs) {
      ++lostLogs_;
      return;
    }
    ++logs_;
  } else if (std::holds_alternative<WarningEvent>(event)) {
    if (warnings_ == kMaxWarnings) {
      ++lostWarnings_;
      return;
    }
    ++warnings_;
  } else if (std::holds_alternative<ProgressEvent>(event)) {
    std::erase_if(events_,
                  [](const JobEvent& kept) { return std::holds_alternative<ProgressEvent>(kept); });
  }
  events_.push_back(std::move(event));
}

std::vector<JobEvent> EventQueue::takeAll() {
  const std::lock_guard lock(mutex_);
  std::vector<JobEvent> taken(std::make_move_iterator(events_.begin()),
                              std::make_move_iterator(events_.end()));
  // Before the job's end, which has to stay the last.
  const auto place = std::find_if(taken.begin(), taken.end(), [](const JobEvent& event) {
    return std::holds_alternative<EndedEvent>(event);
  });
  std::vector<JobEvent> losses;
  if (lostLogs_ > 0) {
    losses.emplace_back(LogEvent{
        LogLevel::kWarning, "millrace",
        std::to_string(lostLogs_) + " log lines were left out while JavaScript was busy."});
  }
  if (lostWarnings_ > 0) {
    losses.emplace_back(WarningEvent{
        "WARNINGS_LOST",
        std::to_string(lostWarnings_) + " warnings were left out while JavaScript was busy."});
  }
  taken.insert(place, std::make_move_iterator(losses.begin()),
               std::make_move_iterator(losses.end()));
  events_.clear();
  logs_ = warnings_ = 0;
  lostLogs_ = lostWarnings_ = 0;
  return taken;
}

}  // namespace millrace::addon
