#pragma once

#include <memory>
#include <stop_token>

#include "media/byte_source.h"
#include "media/job/job_options.h"
#include "media/net/avio_connection.h"

namespace millrace {

/// A live rtmp(s) stream, as FLV, or an srt stream, as whatever it carries. Threads: as ByteSource.
class AvioSource final : public ByteSource {
 public:
  static Result<std::unique_ptr<AvioSource>> open(const InputOptions& input,
                                                  const AddressPolicy& policy,
                                                  std::stop_token stop);

  Result<std::size_t> read(std::span<std::uint8_t> into) override {
    return connection_->read(into);
  }
  /// True unless libavformat has more in its buffer. What waits in the kernel does not show; both
  /// protocols are live, so a read is taken to have taken everything.
  bool drained() const override { return !connection_->hasBuffered(); }

 private:
  explicit AvioSource(std::unique_ptr<AvioConnection> connection)
      : connection_(std::move(connection)) {}

  std::unique_ptr<AvioConnection> connection_;
};

}  // namespace millrace
