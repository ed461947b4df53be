#include "media/net/avio_sink.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace millrace {
namespace {

// SRT drops what the receiver still holds back when the connection closes.
constexpr std::chrono::milliseconds kMargin{80};
constexpr std::chrono::milliseconds kLongestTail{8'000};

/// False when stopped before the time is over.
bool sleepUnlessStopped(std::chrono::milliseconds duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

AvioSink::AvioSink(std::unique_ptr<AvioConnection> connection, FailureSite site,
                   std::stop_token stop)
    : connection_(std::move(connection)), site_(std::move(site)), stop_(std::move(stop)) {}

Result<std::unique_ptr<AvioSink>> AvioSink::open(const OutputOptions& output,
                                                 const AddressPolicy& policy,
                                                 std::stop_token stop) {
  auto connection = AvioConnection::open(
      {Stage::kSink, output.url, true, output.connectTimeout, output.stallTimeout, output.tls},
      policy, stop);
  if (!connection) return std::move(connection).error();
  return std::unique_ptr<AvioSink>(
      new AvioSink(*std::move(connection), FailureSite(Stage::kSink, output.url), std::move(stop)));
}

Result<void> AvioSink::finish() {
  if (Result<void> received = connection_->awaitAcknowledgement(); !received) return received;
  if (const auto latency = connection_->receiverLatency(); latency.count() > 0)
    if (!sleepUnlessStopped(std::min(latency + kMargin, kLongestTail), stop_))
      return site_.cancelled();
  return connection_->close();
}

}  // namespace millrace
