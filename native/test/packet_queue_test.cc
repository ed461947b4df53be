#include "media/packet_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;

MediaItem video(std::int64_t dtsUs, bool keyframe) {
  MediaPacket item;
  item.packet = makePacket();
  item.packet->dts = item.packet->pts = dtsUs;
  if (keyframe) item.packet->flags |= AV_PKT_FLAG_KEY;
  item.video = true;
  return item;
}

std::int64_t dtsOf(const MediaItem& item) { return std::get<MediaPacket>(item).packet->dts; }

Clock::time_point notAtAll(std::optional<std::int64_t> /*timestampUs*/) { return {}; }

constexpr PacketQueue::Limits kHalfSecond{.span = std::chrono::milliseconds(500)};

TEST(PacketQueue, GivesPacketsInTheOrderTheyCame) {
  PacketQueue queue(kHalfSecond);
  ASSERT_TRUE(queue.push(video(0, true), notAtAll, {}));
  ASSERT_TRUE(queue.push(video(100'000, false), notAtAll, {}));
  EXPECT_EQ(dtsOf(*queue.pop({})), 0);
  EXPECT_EQ(dtsOf(*queue.pop({})), 100'000);
}

TEST(PacketQueue, DropsALiveSourcesVideoUpToTheNextKeyframeWhenFull) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), notAtAll, {}));
  // Full: this one and its GOP are lost, without waiting.
  ASSERT_TRUE(queue.push(video(600'000, false), notAtAll, {}));
  ASSERT_TRUE(queue.push(video(700'000, false), notAtAll, {}));
  ASSERT_TRUE(queue.push(video(800'000, true), notAtAll, {}));
  EXPECT_EQ(queue.gopsDropped(), 1);
  EXPECT_EQ(dtsOf(*queue.pop({})), 800'000);
}

TEST(PacketQueue, CountsEveryGopItGivesUp) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i)
    ASSERT_TRUE(queue.push(video(i * 100'000, i % 2 == 0), notAtAll, {}));
  ASSERT_TRUE(queue.push(video(600'000, true), notAtAll, {}));
  EXPECT_EQ(queue.gopsDropped(), 3);
}

MediaItem change(bool ofVideo, std::size_t extradataBytes) {
  auto track = std::make_shared<Track>();
  track->parameters.reset(avcodec_parameters_alloc());
  track->parameters->extradata = static_cast<std::uint8_t*>(
      av_mallocz(extradataBytes + static_cast<std::size_t>(AV_INPUT_BUFFER_PADDING_SIZE)));
  track->parameters->extradata_size = static_cast<int>(extradataBytes);
  return TrackUpdate{ofVideo, std::move(track)};
}

TEST(PacketQueue, ThrowsNothingAwayForATrackChange) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), notAtAll, {}));
  ASSERT_TRUE(queue.push(change(true, 30), notAtAll, {}));
  EXPECT_EQ(queue.gopsDropped(), 0);
  EXPECT_EQ(dtsOf(*queue.pop({})), 0);
}

TEST(PacketQueue, KeepsOnlyTheLastOfTrackChangesWithNothingBetweenThem) {
  PacketQueue queue(kHalfSecond);
  for (int i = 1; i <= 100; ++i) ASSERT_TRUE(queue.push(change(true, 30), notAtAll, {}));
  ASSERT_TRUE(queue.push(video(0, true), notAtAll, {}));
  EXPECT_TRUE(std::holds_alternative<TrackUpdate>(*queue.pop({})));
  EXPECT_EQ(dtsOf(*queue.pop({})), 0);
}

TEST(PacketQueue, CountsTheBytesOfTrackChanges) {
  PacketQueue queue(PacketQueue::Limits{.bytes = 1'000});
  ASSERT_TRUE(queue.push(video(0, true), notAtAll, {}));
  ASSERT_TRUE(queue.push(change(true, 2'000), notAtAll, {}));
  ASSERT_TRUE(queue.push(video(1, false), notAtAll, {}));
  EXPECT_EQ(queue.gopsDropped(), 1);
}

TEST(PacketQueue, KeepsTrackChangesWhenItDropsPackets) {
  PacketQueue queue(kHalfSecond);
  ASSERT_TRUE(queue.push(TrackUpdate{true, nullptr}, notAtAll, {}));
  for (int i = 0; i <= 6; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), notAtAll, {}));
  EXPECT_TRUE(std::holds_alternative<TrackUpdate>(*queue.pop({})));
}

TEST(PacketQueue, LeavesOutAKeyframeAheadThatWouldHaveToWait) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), notAtAll, {}));
  ASSERT_TRUE(queue.push(KeyframeAhead{600'000}, notAtAll, {}));
  for (int i = 0; i <= 5; ++i) EXPECT_EQ(dtsOf(*queue.pop({})), i * 100'000);
  queue.close();
  EXPECT_FALSE(queue.pop({}));
}

TEST(PacketQueue, DropsAKeyframeAheadWithItsKeyframe) {
  PacketQueue queue(kHalfSecond);
  ASSERT_TRUE(queue.push(KeyframeAhead{0}, notAtAll, {}));
  for (int i = 0; i <= 6; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), notAtAll, {}));
  ASSERT_TRUE(queue.push(video(700'000, true), notAtAll, {}));
  EXPECT_EQ(dtsOf(*queue.pop({})), 700'000);
}

TEST(PacketQueue, MakesASourceThatCanBeReadAheadWaitAndLosesNothing) {
  PacketQueue queue(kHalfSecond);
  std::jthread producer([&] {
    for (int i = 0; i < 50; ++i) queue.push(video(i * 100'000, i == 0), waitForEver, {});
    queue.close();
  });
  std::int64_t count = 0;
  while (auto item = queue.pop({})) EXPECT_EQ(dtsOf(*item), 100'000 * count++);
  EXPECT_EQ(count, 50);
  EXPECT_EQ(queue.gopsDropped(), 0);
}

TEST(PacketQueue, EndsWhenEachOfItsProducersHasClosedIt) {
  PacketQueue queue(kHalfSecond, 2);
  queue.close();
  ASSERT_TRUE(queue.push(video(0, true), waitForEver, {}));
  queue.close();
  EXPECT_FALSE(queue.push(video(1, false), waitForEver, {}));
  EXPECT_TRUE(queue.pop({}));
  EXPECT_FALSE(queue.pop({}));
}

TEST(PacketQueue, FreesAWaitingProducerWhenNobodyWillPopAnyMore) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), waitForEver, {}));
  std::jthread consumer([&] { queue.abandon(); });
  EXPECT_FALSE(queue.push(video(600'000, false), waitForEver, {}));
}

TEST(PacketQueue, EndsAWaitAtOnceWhenStopped) {
  PacketQueue queue(kHalfSecond);
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(queue.pop(stop.get_token()));
}

TEST(PacketQueue, GivesNothingOfWhatItHoldsWhenStopped) {
  PacketQueue queue(kHalfSecond);
  ASSERT_TRUE(queue.push(video(0, true), notAtAll, {}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(queue.pop(stop.get_token()));
}

TEST(PacketQueue, WaitsForAsLongAsItMayBeforeItDropsALiveSourcesVideo) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), notAtAll, {}));
  const auto inAMinute = [start = Clock::now()](std::optional<std::int64_t> timestampUs) {
    return start + std::chrono::microseconds(timestampUs.value_or(0)) + std::chrono::minutes(1);
  };
  std::jthread consumer([&] {
    while (dtsOf(*queue.pop({})) < 600'000) {
    }
  });
  ASSERT_TRUE(queue.push(video(600'000, false), inAMinute, {}));
  EXPECT_EQ(queue.gopsDropped(), 0);
}

TEST(PacketQueue, FindsWhileItWaitsThatItMayNotWaitAnyMore) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), notAtAll, {}));
  std::atomic<int> asked = 0;
  const auto turningLive = [&](std::optional<std::int64_t> /*timestampUs*/) {
    return ++asked < 3 ? Clock::time_point::max() : Clock::time_point();
  };
  ASSERT_TRUE(queue.push(video(600'000, false), turningLive, {}));
  EXPECT_EQ(queue.gopsDropped(), 1);
}

TEST(PacketQueue, WaitsOnceAndNotAgainForAConsumerThatTakesNothing) {
  PacketQueue queue(
      {.span = std::chrono::milliseconds(500), .patience = std::chrono::milliseconds(1)});
  const auto inAnHour = [](std::optional<std::int64_t> /*timestampUs*/) {
    return Clock::now() + std::chrono::hours(1);
  };
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(queue.push(video(i * 100'000, i % 10 == 0), inAnHour, {}));
  EXPECT_GE(queue.gopsDropped(), 5);
}

TEST(PacketQueue, IsPatientAnewWithAConsumerThatHadNothingToTake) {
  PacketQueue queue({.span = std::chrono::milliseconds(500), .patience = std::chrono::seconds(30)});
  const auto inAnHour = [](std::optional<std::int64_t> /*timestampUs*/) {
    return Clock::now() + std::chrono::hours(1);
  };
  std::jthread consumer([&] {
    while (queue.pop({})) {
    }
  });
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(queue.push(video(i * 100'000, i % 10 == 0), inAnHour, {}));
  queue.close();
  EXPECT_EQ(queue.gopsDropped(), 0);
}

}  // namespace
}  // namespace millrace
