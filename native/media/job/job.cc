#include "media/job/job.h"

#include <utility>

#include "media/job/freed_memory.h"
#include "media/job/pipeline.h"

namespace millrace {

Job::Job(JobOptions options, Listener listener)
    : pipeline_(std::make_unique<Pipeline>(std::move(options), std::move(listener))) {}

Job::~Job() {
  pipeline_.reset();
  returnFreedMemory();
}

void Job::start() { pipeline_->start(); }
void Job::stop() { pipeline_->stop(); }
void Job::cancel() { pipeline_->cancel(); }

}  // namespace millrace
