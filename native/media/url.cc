#include "media/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <memory>

namespace millrace {
namespace {

constexpr std::string_view kLeftOut = "…";
constexpr std::array<std::string_view, 7> kNetworkSchemes = {"http", "https", "rtmp", "rtmps",
                                                             "srt",  "rtsp",  "rtsps"};

// The C locale's answers whatever locale the host program has set.
bool isAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool isSchemeCharacter(char c) {
  return isAlpha(c) || isDigit(c) || c == '+' || c == '-' || c == '.';
}

/// Length of a leading `scheme:`, without the colon; 0 when there is none.
std::size_t schemeLength(std::string_view text) {
  if (text.empty() || !isAlpha(text.front())) return 0;
  const auto end = std::find_if_not(text.begin(), text.end(), isSchemeCharacter);
  return end != text.end() && *end == ':' ? static_cast<std::size_t>(end - text.begin()) : 0;
}

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

bool isRtmp(std::string_view scheme) { return scheme == "rtmp" || scheme == "rtmps"; }

std::optional<std::string> percentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && isHexDigit(text[i + 1]) && isHexDigit(text[i + 2]);
    if (!escape) {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    decoded += static_cast<char>(value);
    i += 2;
  }
  if (decoded.find('\0') != std::string::npos) return std::nullopt;
  return decoded;
}

/// A log line or a terminal must not be steered by a URL.
std::string withoutControls(std::string text) {
  std::replace_if(text.begin(), text.end(), isControl, '?');
  constexpr std::size_t kMaxShown = 1'024;
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + std::string(kLeftOut);
  return text;
}

/// Path of an rtmp URL up to the slash before its last part.
std::string redactedRtmpPath(const Url& url) {
  if (url.path.empty() && url.query.empty()) return "";
  // The stream key may sit behind slashes in the query as well, so only what precedes it counts.
  const std::size_t lastSlash = url.path.find_last_of('/');
  const std::string_view kept =
      lastSlash == std::string::npos ? "/" : std::string_view(url.path).substr(0, lastSlash + 1);
  return std::string(kept) + std::string(kLeftOut);
}

std::optional<std::string> resolveHttpReference(const std::string& base,
                                                const std::string& reference) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), CURLU_URLENCODE) != CURLUE_OK) {
    return std::nullopt;
  }
  char* text = nullptr;
  if (curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, curl_free);
  return std::string(owned.get());
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

bool isPlainPath(std::string_view urlOrPath) { return schemeOf(urlOrPath).empty(); }

std::optional<std::string> filePath(std::string_view urlOrPath) {
  if (isPlainPath(urlOrPath)) {
    if (urlOrPath.find('\0') != std::string_view::npos) return std::nullopt;
    return std::string(urlOrPath);
  }
  if (schemeOf(urlOrPath) != "file") return std::nullopt;
  std::string_view rest = urlOrPath.substr(std::string_view("file:").size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view host = rest.substr(0, slash);
    if (!host.empty() && lowerCase(host) != "localhost") return std::nullopt;
    rest.remove_prefix(slash);
  }
  return percentDecode(rest);
}

std::optional<std::string> resolveReference(const std::string& base, const std::string& reference) {
  if (reference.empty() || std::any_of(reference.begin(), reference.end(), isControl)) {
    return std::nullopt;
  }
  if (!schemeOf(reference).empty()) return reference;
  const std::string baseScheme = schemeOf(base);
  if (baseScheme == "http" || baseScheme == "https") return resolveHttpReference(base, reference);
  const auto basePath = filePath(base);
  if (!basePath) return std::nullopt;
  // operator/ lets an absolute reference win, as it must.
  return (std::filesystem::path(*basePath).parent_path() / reference).lexically_normal().string();
}

std::string redactUrl(std::string_view urlOrPath) {
  const std::size_t length = schemeLength(urlOrPath);
  const bool looksLikeUrl = length > 0 && urlOrPath.substr(length).starts_with(":/");
  if (!looksLikeUrl) return withoutControls(std::string(urlOrPath));
  if (lowerCase(urlOrPath.substr(0, length)) == "file") {
    return withoutControls(std::string(urlOrPath));
  }

  const auto url = parseUrl(urlOrPath);
  // What cannot be taken apart may have its secrets anywhere.
  if (!url)
    return withoutControls(lowerCase(urlOrPath.substr(0, length)) + "://" + std::string(kLeftOut));

  Url shown{url->scheme, "", url->host, url->port, "", ""};
  if (isRtmp(url->scheme)) {
    shown.path = redactedRtmpPath(*url);
  } else {
    shown.path = url->path;
    if (!url->query.empty()) shown.query = "?" + std::string(kLeftOut);
  }
  return withoutControls(toString(shown));
}

std::string redactText(std::string_view line) {
  constexpr std::string_view kUrlEnd = " \t\r\n\"'<>|";
  std::string shown;
  while (true) {
    const std::size_t mark = line.find("://");
    if (mark == std::string_view::npos) return shown + std::string(line);
    std::size_t start = mark;
    while (start > 0 && isSchemeCharacter(line[start - 1])) --start;
    const std::size_t end = std::min(line.find_first_of(kUrlEnd, mark), line.size());
    shown += line.substr(0, start);
    shown += redactUrl(line.substr(start, end - start));
    line.remove_prefix(end);
  }
}

}  // namespace millrace
