#pragma once

#include <memory>
#include <span>

#include "media/byte_sink.h"
#include "media/net/http_request.h"

namespace millrace {

/// An HTTP(S) PUT or POST whose body is sent as it is made, in chunks: one per access unit of up to
/// 64 KiB. The reply is read while sending, so a refusal in mid-upload is known at the next write.
/// Redirects of an upload are not followed: half of the body may already be gone. Threads: as
/// ByteSink.
class HttpSink final : public ByteSink, private HttpBody {
 public:
  /// Waits for the connection and for the head of the request to be handed over, until
  /// `output.connectTimeout`.
  static Result<std::unique_ptr<HttpSink>> open(std::shared_ptr<HttpConnections> connections,
                                                const OutputOptions& output,
                                                const AddressPolicy& policy);

  Result<void> write(std::span<const std::uint8_t> bytes) override;
  Result<void> finish() override;

 private:
  HttpSink(std::shared_ptr<HttpConnections> connections, const OutputOptions& output);

  Result<void> connect(const AddressPolicy& policy);
  /// Runs until `done`, an error, or a stall: nothing sent for `output.stallTimeout`.
  template <typename Condition>
  Result<void> runUntil(Condition done, const char* stalledMessage);
  /// The reply's verdict while the body is still being sent: an early end is an error.
  Result<void> checkGoingOn() const;

  bool receive(std::span<const char>) override { return true; }
  std::size_t supply(std::span<char> into) override;

  std::shared_ptr<HttpConnections> connections_;
  OutputOptions output_;
  std::span<const std::uint8_t> pending_;  ///< The caller's bytes, during `write` only.
  bool wanted_ =
      false;  ///< libcurl asked for bytes when there were none, and now waits for `resume`.
  bool ended_ = false;
  std::unique_ptr<HttpRequest> request_;
};

}  // namespace millrace
