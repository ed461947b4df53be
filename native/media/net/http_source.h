#pragma once

#include <memory>
#include <string>
#include <vector>

#include "media/byte_source.h"
#include "media/net/byte_range.h"
#include "media/net/http_request.h"

namespace millrace {

/// The body of an HTTP(S) GET as it arrives. Up to about a mebibyte is read ahead; beyond that the
/// server is made to wait. Threads: as ByteSource.
class HttpSource final : public ByteSource, private HttpBody {
 public:
  /// Waits for the head of a reply that is a success, following up to ten redirects to http(s),
  /// each checked by `policy`, until `input.connectTimeout`.
  static Result<std::unique_ptr<HttpSource>> open(std::shared_ptr<HttpConnections> connections,
                                                  const InputOptions& input,
                                                  const AddressPolicy& policy,
                                                  std::optional<ByteRange> range);

  Result<std::size_t> read(std::span<std::uint8_t> into) override;
  bool drained() const override;

  /// As the server named it; empty when it did not.
  const std::string& contentType() const { return request_->reply().contentType; }
  /// After redirects. Not redacted.
  const std::string& url() const { return url_; }

 private:
  HttpSource(std::shared_ptr<HttpConnections> connections, const InputOptions& input,
             std::optional<ByteRange> range);

  Result<void> openFollowingRedirects(const AddressPolicy& policy);
  Result<void> requestAndAwaitHead(const AddressPolicy& policy, SteadyTime deadline);
  Result<std::string> redirectTarget() const;
  Result<void> acceptReply();
  Result<std::size_t> endOrFailure() const;

  bool receive(std::span<const char> bytes) override;
  std::size_t supply(std::span<char>) override { return 0; }

  std::shared_ptr<HttpConnections> connections_;
  InputOptions input_;
  std::optional<ByteRange> range_;
  std::string url_;
  std::uint64_t toSkip_ = 0;  ///< Before the range, when the server sends everything.
  std::optional<std::uint64_t> toDeliver_;
  std::vector<std::uint8_t> arrived_;
  std::size_t readFrom_ = 0;  ///< Into arrived_.
  bool paused_ = false;
  std::unique_ptr<HttpRequest> request_;
};

}  // namespace millrace
