#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "media/byte_sink.h"
#include "media/byte_source.h"
#include "media/job/job_options.h"
#include "media/net/address_policy.h"
#include "media/net/byte_range.h"
#include "media/net/http_connections.h"

namespace millrace {

/// Opens the source of a job, waiting for the connection and, over HTTP, for a reply that is a
/// success. `openStream` goes before the URL. RTSP is no byte stream: see
/// `rtspTargets`. Call and use on the reader's thread.
Result<std::unique_ptr<ByteSource>> openByteSource(const InputOptions& input,
                                                   const AddressPolicy& policy,
                                                   std::stop_token stop);

/// Opens an output, waiting for the connection: an RTMP server has then accepted the publication,
/// an HTTP server has the head of the request and has not refused it so far. A file must not be one
/// of the job's others, whatever links lead to it: `taken` has the URLs of the source and of the
/// outputs before this one. Call and use on the sink's thread.
Result<std::unique_ptr<ByteSink>> openByteSink(const OutputOptions& output,
                                               const AddressPolicy& policy, std::stop_token stop,
                                               const std::vector<std::string>& taken = {});

/// Opens what a playlist refers to. `base` is the playlist's own URL after redirects
/// (`identityOf`), `reference` is as written in it. A playlist from http(s) may only refer to
/// http(s); one from a file also to files in or below its own folder; anything else is
/// SCHEME_DENIED. `parent` gives timeouts, TLS and headers; its credentials stay with the origin
/// they were given for. Connections are kept and reused between calls on the same `connections`.
Result<std::unique_ptr<ByteSource>> openNested(
    const std::string& reference, const std::string& base, const InputOptions& parent,
    const AddressPolicy& policy, std::stop_token stop,
    std::optional<ByteRange> range = std::nullopt,
    std::shared_ptr<HttpConnections> connections = nullptr);

/// What a source turned out to be.
struct SourceIdentity {
  std::string url;  ///< After redirects. Not redacted: it is what references resolve against.
  std::string
      contentType;  ///< As the server sent it; empty when it did not, and for other protocols.
};
SourceIdentity identityOf(const ByteSource& source, const InputOptions& input);

}  // namespace millrace
