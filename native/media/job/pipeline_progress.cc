// What the supervisor tells of a running job: numbers, and the troubles they show.
#include <algorithm>
#include <chrono>
#include <utility>

#include "media/job/pipeline.h"

namespace millrace {

void Job::Pipeline::reportTrouble() {
  if (!sourceDropsTold_ && decodeStage_->queue().gopsDropped() > 0) {
    sourceDropsTold_ = true;
    emit(WarningEvent{"OVERLOADED",
                      "The source loses whole GOPs: this machine cannot decode it in real time."});
  }
  for (const auto& rendition : renditions_) {
    if (!rendition->overloadTold && rendition->rung->framesDropped() > 0) {
      rendition->overloadTold = true;
      emit(WarningEvent{"OVERLOADED",
                        "Rendition " + rendition->name +
                            " loses frames: this machine cannot encode it in real time."});
    }
    if (!rendition->dropsTold && rendition->sink->queue().gopsDropped() > 0) {
      rendition->dropsTold = true;
      emit(WarningEvent{"OUTPUT_SLOW",
                        "Rendition " + rendition->name +
                            " drops whole GOPs: its output takes less than is sent."});
    }
  }
}

void Job::Pipeline::reportProgress() { emit(ProgressEvent{measure(false)}); }

Progress Job::Pipeline::measure(bool ended) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  const double interval =
      std::max(1e-3, std::chrono::duration<double>(now - lastProgressAt_).count());
  Progress progress;
  progress.elapsedMs = millisecondsBetween(startedAt_, now);
  progress.sourceBytes = reader_->bytes();
  progress.sourceFrames = decodeStage_->frames();
  progress.sourceAccessUnits = reader_->accessUnits();
  progress.decodeErrors = decodeStage_->errors();
  progress.discontinuities = reader_->discontinuities();
  progress.sourceGopsDropped = decodeStage_->queue().gopsDropped();
  progress.lastSourceTimestampUs = reader_->lastTimestampUs();
  for (const auto& owned : renditions_) {
    Rendition& rendition = *owned;
    RenditionProgress one;
    one.name = rendition.name;
    one.state = rendition.state == State::kWaiting    ? "waiting"
                : rendition.state == State::kRunning  ? "running"
                : rendition.state == State::kFinished ? "finished"
                                                      : "failed";
    one.framesIn = rendition.rung->framesIn();
    one.framesEncoded = rendition.rung->framesEncoded();
    one.framesDropped = rendition.rung->framesDropped();
    one.pixelsEncoded = rendition.rung->pixelsEncoded();
    one.framesOut = rendition.sink->framesOut();
    one.bytes = rendition.sink->bytes();
    one.gopsDropped = rendition.sink->queue().gopsDropped();
    one.firstTimestampUs = rendition.sink->firstTimestampUs();
    one.lastTimestampUs = rendition.sink->lastTimestampUs();
    one.latency = rendition.sink->latency().summary();
    const double media = one.firstTimestampUs && one.lastTimestampUs
                             ? static_cast<double>(*one.lastTimestampUs - *one.firstTimestampUs)
                             : 0;
    one.realTimeRatio = progress.elapsedMs > 0 ? media / 1e3 / progress.elapsedMs : 0;
    progress.realTimeRatio = std::max(progress.realTimeRatio, one.realTimeRatio);
    if (ended) {
      const double seconds = media / 1e6;
      one.fps =
          seconds > 0 && one.framesOut > 1 ? static_cast<double>(one.framesOut - 1) / seconds : 0;
      one.bitrateBps = seconds > 0 ? static_cast<double>(one.bytes) * 8 / seconds : 0;
    } else {
      one.fps = static_cast<double>(one.framesOut - rendition.lastFramesOut) / interval;
      one.bitrateBps = static_cast<double>(one.bytes - rendition.lastBytes) * 8 / interval;
    }
    rendition.lastFramesOut = one.framesOut;
    rendition.lastBytes = one.bytes;
    progress.renditions.push_back(std::move(one));
  }
  lastProgressAt_ = now;
  return progress;
}

}  // namespace millrace
