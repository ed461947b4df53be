#include "media/url.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "media/url_characters.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 7> kNetworkSchemes = {"http", "https", "rtmp", "rtmps",
                                                             "srt",  "rtsp",  "rtsps"};

bool isHostName(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return isAlpha(c) || isDigit(c) || c == '-' || c == '.' || c == '_';
  });
}

bool isBracketedAddress(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(),
                                      [](char c) { return isHexDigit(c) || c == ':' || c == '.'; });
}

std::optional<std::uint16_t> parsePort(std::string_view digits) {
  unsigned port = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, failure] = std::from_chars(digits.data(), end, port);
  if (failure != std::errc{} || rest != end || port == 0 || port > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

/// Reads `host`, `host:port`, `[v6]` or `[v6]:port` into `url`.
bool readHostAndPort(std::string_view text, Url& url) {
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    url.host = text.substr(1, close - 1);
    if (!isBracketedAddress(url.host)) return false;
    port = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    url.host = text.substr(0, colon);
    if (!isHostName(url.host)) return false;
    port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
  }
  if (port.empty()) return true;
  if (port.front() != ':') return false;
  const auto number = parsePort(port.substr(1));
  if (!number) return false;
  url.port = *number;
  return true;
}

}  // namespace

std::optional<Url> parseUrl(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return isControl(c) || c == ' '; })) {
    return std::nullopt;
  }
  const std::size_t length = schemeLength(text);
  Url url;
  url.scheme = lowerCase(text.substr(0, length));
  if (std::find(kNetworkSchemes.begin(), kNetworkSchemes.end(), url.scheme) ==
      kNetworkSchemes.end()) {
    return std::nullopt;
  }
  text.remove_prefix(length + 1);
  if (!text.starts_with("//")) return std::nullopt;
  text.remove_prefix(2);

  text = text.substr(0, text.find('#'));
  const std::size_t authorityEnd = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, authorityEnd);
  const std::string_view rest = text.substr(authorityEnd);
  if (authority.find('\\') != std::string_view::npos) return std::nullopt;
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.userInfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (!readHostAndPort(authority, url)) return std::nullopt;
  if (url.host.empty() && url.scheme != "srt") return std::nullopt;

  const std::size_t queryStart = std::min(rest.find('?'), rest.size());
  url.path = rest.substr(0, queryStart);
  url.query = rest.substr(queryStart);
  return url;
}

std::string toString(const Url& url) {
  std::string text = url.scheme + "://";
  if (!url.userInfo.empty()) text += url.userInfo + "@";
  text += url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  if (url.port != 0) text += ":" + std::to_string(url.port);
  return text + url.path + url.query;
}

std::string schemeOf(std::string_view urlOrPath) {
  const std::size_t length = schemeLength(urlOrPath);
  if (length == 0) return "";
  const std::string scheme = lowerCase(urlOrPath.substr(0, length));
  const bool isUrl = urlOrPath.substr(length).starts_with("://") || scheme == "file";
  return isUrl ? scheme : "";
}

}  // namespace millrace
