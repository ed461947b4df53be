#include "media/job/latency_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

double exactMs(std::vector<std::int64_t> sorted, double part) {
  std::sort(sorted.begin(), sorted.end());
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[rank - 1]) / 1'000;
}

}  // namespace

TEST(LatencyHistogram, SaysNothingBeforeTheFirstRecord) {
  const LatencySummary summary = LatencyHistogram().summary();
  EXPECT_EQ(summary.count, 0);
  EXPECT_EQ(summary.p50Ms, -1);
  EXPECT_EQ(summary.maxMs, -1);
}

TEST(LatencyHistogram, GivesOneValueBack) {
  for (const std::int64_t us :
       {0LL, 1LL, 255LL, 256LL, 257LL, 16'789LL, 1'000'000LL, 3'599'000'000LL}) {
    LatencyHistogram histogram;
    histogram.record(microseconds(us));
    const LatencySummary summary = histogram.summary();
    const double ms = static_cast<double>(us) / 1'000;
    EXPECT_EQ(summary.count, 1);
    EXPECT_DOUBLE_EQ(summary.maxMs, ms);
    EXPECT_NEAR(summary.p50Ms, ms, ms * 0.004);
    EXPECT_NEAR(summary.p99Ms, ms, ms * 0.004);
  }
}

TEST(LatencyHistogram, IsRightAtBothEndsOfABucket) {
  for (const std::int64_t us : {16'384, 16'511}) {
    LatencyHistogram histogram;
    histogram.record(microseconds(us));
    histogram.record(microseconds(100'000));
    EXPECT_NEAR(histogram.summary().p50Ms, static_cast<double>(us) / 1'000, 16.384 * 0.004);
  }
}

TEST(LatencyHistogram, FindsPercentilesWithinOnePercent) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> distribution(std::log(17'000), 0.8);
  LatencyHistogram histogram;
  std::vector<std::int64_t> values;
  for (int i = 0; i < 10'000; ++i) {
    values.push_back(static_cast<std::int64_t>(distribution(random)));
    histogram.record(microseconds(values.back()));
  }
  const LatencySummary summary = histogram.summary();
  EXPECT_EQ(summary.count, 10'000);
  EXPECT_NEAR(summary.p50Ms, exactMs(values, 0.5), exactMs(values, 0.5) * 0.005);
  EXPECT_NEAR(summary.p90Ms, exactMs(values, 0.9), exactMs(values, 0.9) * 0.005);
  EXPECT_NEAR(summary.p99Ms, exactMs(values, 0.99), exactMs(values, 0.99) * 0.005);
  EXPECT_DOUBLE_EQ(summary.maxMs, exactMs(values, 1));
}

TEST(LatencyHistogram, TellsTheMedianOfFewValuesByRank) {
  LatencyHistogram histogram;
  for (const int us : {10, 20, 30, 200}) histogram.record(microseconds(us));
  const LatencySummary summary = histogram.summary();
  EXPECT_DOUBLE_EQ(summary.p50Ms, 0.020);
  EXPECT_DOUBLE_EQ(summary.p90Ms, 0.200);
}

TEST(LatencyHistogram, RoundsToMicrosecondsAndTakesNegativeForZero) {
  LatencyHistogram histogram;
  histogram.record(nanoseconds(1'499));
  EXPECT_DOUBLE_EQ(histogram.summary().maxMs, 0.001);
  histogram.record(nanoseconds(1'500));
  EXPECT_DOUBLE_EQ(histogram.summary().maxMs, 0.002);
  histogram.record(nanoseconds(-5'000'000));
  histogram.record(nanoseconds(-1));
  EXPECT_DOUBLE_EQ(histogram.summary().p50Ms, 0);
}

TEST(LatencyHistogram, PutsWhatIsTooLongInItsLastBucket) {
  LatencyHistogram histogram;
  histogram.record(std::chrono::hours(30));
  EXPECT_DOUBLE_EQ(histogram.summary().maxMs, 30.0 * 3'600'000);
  EXPECT_GT(histogram.summary().p50Ms, 4'000'000);
}

TEST(LatencyHistogram, CountsEveryValueInOneOfAFewBuckets) {
  LatencyHistogram histogram;
  for (const double ms : {0.2, 0.9, 1.5, 5.0, 17.0, 20.0, 23.9}) {
    histogram.record(microseconds(static_cast<std::int64_t>(ms * 1'000)));
  }
  std::vector<std::pair<double, std::int64_t>> counted;
  for (const LatencyBucket& bucket : histogram.summary().buckets)
    counted.emplace_back(bucket.upToMs, bucket.count);
  const std::vector<std::pair<double, std::int64_t>> expected{
      {1, 2}, {2, 1}, {3, 0}, {4, 0}, {6, 1}, {8, 0}, {12, 0}, {16, 0}, {24, 3}};
  EXPECT_EQ(counted, expected);
}

TEST(LatencyHistogram, HasABucketForTheLongest) {
  LatencyHistogram histogram;
  histogram.record(std::chrono::hours(30));
  const LatencySummary summary = histogram.summary();
  EXPECT_EQ(summary.buckets.back().count, 1);
  EXPECT_GE(summary.buckets.back().upToMs, 71.0 * 60'000);
  EXPECT_LT(summary.buckets.size(), 50U);
}

TEST(LatencyHistogram, CanBeReadWhileItIsWritten) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  {
    const std::jthread writer([&] {
      for (int i = 0; i < 50'000; ++i) histogram->record(microseconds(1'000 + i % 1'000));
    });
    for (int i = 0; i < 50; ++i) {
      const LatencySummary summary = histogram->summary();
      if (summary.count == 0) continue;
      EXPECT_LE(summary.p50Ms, summary.p99Ms);
      EXPECT_LE(summary.maxMs, 2);
    }
  }
  EXPECT_EQ(histogram->summary().count, 50'000);
}

}  // namespace millrace
