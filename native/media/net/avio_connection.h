#pragma once

extern "C" {
#include <libavformat/avio.h>
}

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "media/error.h"
#include "media/job/job_options.h"
#include "media/net/address_policy.h"
#include "media/net/avio_target.h"
#include "media/net/deadline.h"
#include "media/net/failure_site.h"

namespace millrace {

struct AvioConnectionOptions {
  Stage stage = Stage::kSource;
  std::string url;
  bool forWriting = false;
  std::chrono::milliseconds connectTimeout{10'000};
  std::chrono::milliseconds stallTimeout{10'000};
  TlsOptions tls;
};

/// One rtmp(s) or srt connection of libavformat's, with our name look-up, address policy, deadlines
/// and errors. libavformat asks about every 100 ms whether to go on waiting, and that is how soon a
/// cancelled wait ends.
///
/// Owned and used by one thread; the stop token may be stopped on any. Destroying it breaks the
/// connection off, however full its buffers are.
class AvioConnection {
 public:
  static Result<std::unique_ptr<AvioConnection>> open(const AvioConnectionOptions& options,
                                                      const AddressPolicy& policy,
                                                      std::stop_token stop);
  ~AvioConnection();
  AvioConnection(const AvioConnection&) = delete;
  AvioConnection& operator=(const AvioConnection&) = delete;

  /// At least one byte; 0 at the end. Never waits for more than what is there.
  Result<std::size_t> read(std::span<std::uint8_t> into);
  /// Bytes of `read` that libavformat holds already.
  bool hasBuffered() const;
  /// All of it, handed over before this returns.
  Result<void> write(std::span<const std::uint8_t> bytes);
  /// Of SRT: waits until the receiver has acknowledged all that was written. Returns at once where
  /// that cannot be told.
  Result<void> awaitAcknowledgement();
  /// Of SRT: how long the receiver holds back what it has acknowledged; 0 for other protocols.
  std::chrono::milliseconds receiverLatency() const;
  /// Says goodbye as the protocol has it.
  Result<void> close();

 private:
  AvioConnection(const AvioConnectionOptions& options, Url url, std::stop_token stop);

  Result<void> connect(const AddressPolicy& policy);
  Result<void> connectTo(const std::string& ip, const AvioTargetOptions& wanted,
                         SteadyTime deadline);
  Result<std::vector<std::string>> candidates(const AddressPolicy& policy, SteadyTime deadline);
  Result<AvioTargetOptions> targetOptions() const;
  Error openError(int code) const;
  Error transferError(int code) const;
  bool isSrtGoodbye(int code) const;
  static int shouldGiveUp(void* self);

  AvioConnectionOptions options_;
  Url url_;
  FailureSite site_;
  std::stop_token stop_;
  SteadyTime deadline_ = SteadyTime::max();  ///< Of the wait that is going on.
  bool outOfTime_ = false;                   ///< That deadline has ended a wait.
  SteadyTime lastBytes_ = SteadyTime::min();
  AVIOContext* io_ = nullptr;
};

}  // namespace millrace
