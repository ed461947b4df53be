#include <gtest/gtest.h>

#include "media/job/encoder_threads.h"
#include "media/job/output_container.h"

namespace millrace {
namespace {

RenditionOptions box(int width, int height) {
  RenditionOptions rendition;
  rendition.width = width;
  rendition.height = height;
  return rendition;
}

TEST(EncoderThreads, GiveEveryRenditionOfALadderAtLeastOne) {
  EXPECT_EQ(encoderThreads(Tune::kLatency, {box(1280, 720), box(854, 480), box(640, 360)}, 2),
            (std::vector<int>{1, 1, 1}));
}

TEST(EncoderThreads, FollowTheShareOfPixels) {
  EXPECT_EQ(encoderThreads(Tune::kQuality, {box(1280, 720), box(854, 480), box(640, 360)}, 2),
            (std::vector<int>{2, 1, 1}));
}

TEST(EncoderThreads, AreFewSlicesHoweverLargeTheMachine) {
  EXPECT_EQ(encoderThreads(Tune::kLatency, {box(1920, 1080)}, 64), (std::vector<int>{4}));
}

TEST(EncoderThreads, TakeASideThatFollowsTheSourceAsSixteenToNine) {
  EXPECT_EQ(encoderThreads(Tune::kLatency, {box(0, 720), box(640, 0)}, 5),
            encoderThreads(Tune::kLatency, {box(1280, 720), box(640, 360)}, 5));
}

OutputOptions to(const std::string& url) {
  OutputOptions output;
  output.url = url;
  return output;
}

TEST(OutputContainer, FollowsTheProtocolWhereItLeavesNoChoice) {
  EXPECT_EQ(containerOf(to("rtmp://media.example/live/a.ts")), Container::kFlv);
  EXPECT_EQ(containerOf(to("srt://media.example:9000")), Container::kMpegTs);
}

TEST(OutputContainer, FollowsTheSuffixOfThePathAndNotOfTheQuery) {
  EXPECT_EQ(containerOf(to("https://media.example/a.flv?name=b.mp4")), Container::kFlv);
  EXPECT_EQ(containerOf(to("/tmp/a.mp4")), Container::kFragmentedMp4);
  EXPECT_EQ(containerOf(to("https://media.example/a")), Container::kMpegTs);
}

}  // namespace
}  // namespace millrace
