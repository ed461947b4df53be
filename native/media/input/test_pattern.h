#pragma once

extern "C" {
#include <libavfilter/avfilter.h>
}

#include <memory>
#include <stop_token>
#include <string>

#include "media/input/packet_source.h"
#include "media/job/job_options.h"

namespace millrace {

struct FilterGraphDeleter {
  void operator()(AVFilterGraph* graph) const { avfilter_graph_free(&graph); }
};

/// A source that needs no camera: a moving picture with a running clock and a tone, made in real
/// time. Its URL is `testpattern:WIDTHxHEIGHT@FPS`. Owned and used by the reader's thread.
class TestPattern : public PacketSource {
 public:
  static bool isTestPattern(const std::string& url);
  static Result<std::unique_ptr<PacketSource>> open(const InputOptions& options,
                                                    std::stop_token stop);

  Result<std::optional<SourcePacket>> read() override;
  const Track* videoTrack() const override { return &video_; }
  const Track* audioTrack() const override { return &audio_; }
  std::string container() const override { return "testpattern"; }
  bool drained() const override { return true; }
  std::int64_t bytesRead() const override { return bytes_; }
  Clock::time_point firstByteAt() const override { return startedAt_; }

 private:
  struct Channel {
    AVFilterContext* sink = nullptr;  ///< Owned by the graph.
    FramePtr next;                    ///< Made, but not due yet.
    std::int64_t nextUs = 0;
  };

  TestPattern(bool paced, std::stop_token stop);

  Result<void> build(int width, int height, int fps);
  bool fetch(Channel& channel);
  SourcePacket takeVideo();
  SourcePacket takeAudio();

  bool paced_;
  std::stop_token stop_;
  std::unique_ptr<AVFilterGraph, FilterGraphDeleter> graph_;
  Channel pictures_;
  Channel tone_;
  Track video_;
  Track audio_;
  bool videoSeen_ = false;
  bool audioSeen_ = false;
  Clock::time_point startedAt_{};
  std::int64_t bytes_ = 0;
};

}  // namespace millrace
