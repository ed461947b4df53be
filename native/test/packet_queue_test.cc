#include "media/packet_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace millrace {
namespace {

MediaItem video(std::int64_t dtsUs, bool keyframe) {
  MediaPacket item;
  item.packet = makePacket();
  item.packet->dts = item.packet->pts = dtsUs;
  if (keyframe) item.packet->flags |= AV_PKT_FLAG_KEY;
  item.video = true;
  return item;
}

std::int64_t dtsOf(const MediaItem& item) { return std::get<MediaPacket>(item).packet->dts; }

constexpr PacketQueue::Limits kHalfSecond{.span = std::chrono::milliseconds(500)};

TEST(PacketQueue, GivesPacketsInTheOrderTheyCame) {
  PacketQueue queue(kHalfSecond);
  ASSERT_TRUE(queue.push(video(0, true), true, {}));
  ASSERT_TRUE(queue.push(video(100'000, false), true, {}));
  EXPECT_EQ(dtsOf(*queue.pop({})), 0);
  EXPECT_EQ(dtsOf(*queue.pop({})), 100'000);
}

TEST(PacketQueue, DropsALiveSourcesVideoUpToTheNextKeyframeWhenFull) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), true, {}));
  // Full: this one and its GOP are lost, without waiting.
  ASSERT_TRUE(queue.push(video(600'000, false), true, {}));
  ASSERT_TRUE(queue.push(video(700'000, false), true, {}));
  ASSERT_TRUE(queue.push(video(800'000, true), true, {}));
  EXPECT_EQ(queue.gopsDropped(), 1);
  EXPECT_EQ(dtsOf(*queue.pop({})), 800'000);
}

TEST(PacketQueue, CountsEveryGopItGivesUp) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i % 2 == 0), true, {}));
  ASSERT_TRUE(queue.push(video(600'000, true), true, {}));
  EXPECT_EQ(queue.gopsDropped(), 3);
}

TEST(PacketQueue, KeepsTrackChangesWhenItDropsPackets) {
  PacketQueue queue(kHalfSecond);
  ASSERT_TRUE(queue.push(TrackUpdate{true, nullptr}, true, {}));
  for (int i = 0; i <= 6; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), true, {}));
  EXPECT_TRUE(std::holds_alternative<TrackUpdate>(*queue.pop({})));
}

TEST(PacketQueue, MakesASourceThatCanBeReadAheadWaitAndLosesNothing) {
  PacketQueue queue(kHalfSecond);
  std::jthread producer([&] {
    for (int i = 0; i < 50; ++i) queue.push(video(i * 100'000, i == 0), false, {});
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
  ASSERT_TRUE(queue.push(video(0, true), false, {}));
  queue.close();
  EXPECT_FALSE(queue.push(video(1, false), false, {}));
  EXPECT_TRUE(queue.pop({}));
  EXPECT_FALSE(queue.pop({}));
}

TEST(PacketQueue, FreesAWaitingProducerWhenNobodyWillPopAnyMore) {
  PacketQueue queue(kHalfSecond);
  for (int i = 0; i <= 5; ++i) ASSERT_TRUE(queue.push(video(i * 100'000, i == 0), false, {}));
  std::jthread consumer([&] { queue.abandon(); });
  EXPECT_FALSE(queue.push(video(600'000, false), false, {}));
}

TEST(PacketQueue, EndsAWaitAtOnceWhenStopped) {
  PacketQueue queue(kHalfSecond);
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(queue.pop(stop.get_token()));
}

TEST(PacketQueue, GivesNothingOfWhatItHoldsWhenStopped) {
  PacketQueue queue(kHalfSecond);
  ASSERT_TRUE(queue.push(video(0, true), true, {}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(queue.pop(stop.get_token()));
}

}  // namespace
}  // namespace millrace
