#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// A URL cut into the parts a connection needs. Nothing is decoded.
struct Url {
  std::string scheme;    ///< Lower case: http, https, rtmp, rtmps, srt, rtsp, rtsps.
  std::string userInfo;  ///< `user:password`; secret.
  std::string host;  ///< Without the brackets of an IPv6 address; may be empty for srt (listener).
  std::uint16_t port = 0;  ///< 0: the URL names none.
  std::string path;        ///< From the slash after the authority up to the query; may be empty.
  std::string query;       ///< With its question mark; may be empty. Secret.
};

/// Takes the network schemes above apart, strictly: what is not plainly a URL of one of them (an
/// odd character in the host, a port out of range, a control character anywhere) is nullopt,
/// because two parsers that read a hostile URL differently are how an address check is passed by.
std::optional<Url> parseUrl(std::string_view text);

/// The URL again. An IPv6 host gets its brackets, a fragment is gone.
std::string toString(const Url& url);

/// The scheme in lower case of anything written as `scheme://…`, and `file` for `file:…` with or
/// without slashes. Empty for everything else, which is a file's path.
std::string schemeOf(std::string_view urlOrPath);

}  // namespace millrace
