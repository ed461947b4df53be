#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "media/job/job_options.h"
#include "media/net/address_policy.h"
#include "media/url.h"

namespace millrace {

/// What libavformat is given for one rtmp(s) or srt connection.
struct AvioTarget {
  std::string url;
  std::vector<std::pair<std::string, std::string>> options;
};

/// How a connection is to be made, apart from where.
struct AvioTargetOptions {
  bool forWriting = false;
  std::chrono::milliseconds connectTimeout{10'000};
  bool verifyTls = true;
  std::string caFile;
};

/// The URL with `ip` in place of its host, so that libavformat looks nothing up, and the options
/// that keep the name where the peer must see it (RTMP's tcUrl, the name a certificate is made out
/// for) and hold nothing back on the way.
AvioTarget avioTarget(const Url& url, const std::string& ip, const AvioTargetOptions& options);

/// RTMP 1935, RTMPS 443; 0 where a URL has to name one.
std::uint16_t defaultPort(std::string_view scheme);

/// The application of an rtmp URL, as libavformat cuts it out of the path.
std::string rtmpApplication(const Url& url);

/// The value of `key` in `?a=b&c=d`; empty when it is not there.
std::string queryValue(std::string_view query, std::string_view key);

/// What the linked libavformat's TLS can do.
struct AvioTls {
  /// Compares the name in a certificate with the name in the URL. OpenSSL's back end never does.
  bool verifiesNames = false;
  /// Tells the server the name (SNI) when the URL holds an address in its place.
  bool namesPinnedHost = false;
  /// Verifies certificates for its RTSP client too, which does not ask for that by itself.
  bool verifiesRtsp = false;
};
AvioTls avioTls();

}  // namespace millrace
