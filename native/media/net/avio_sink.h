#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "media/byte_sink.h"
#include "media/job/job_options.h"
#include "media/net/avio_connection.h"

namespace millrace {

/// A publication by rtmp(s), given as FLV, or an srt stream. libavformat's rtmp swallows the first
/// 13 bytes it is given: FLV's file header, which has to be there. Threads: as ByteSink.
class AvioSink final : public ByteSink {
 public:
  static Result<std::unique_ptr<AvioSink>> open(const OutputOptions& output,
                                                const AddressPolicy& policy, std::stop_token stop);

  Result<void> write(std::span<const std::uint8_t> bytes) override {
    return connection_->write(bytes);
  }
  Result<void> finish() override;

 private:
  AvioSink(std::unique_ptr<AvioConnection> connection, FailureSite site, std::stop_token stop);

  std::unique_ptr<AvioConnection> connection_;
  FailureSite site_;
  std::stop_token stop_;
};

}  // namespace millrace
