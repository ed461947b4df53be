#include "media/net/http_headers.h"

#include <strings.h>

#include <algorithm>
#include <array>

#include "media/url.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 6> kFraming = {"connection", "content-length",    "expect",
                                                      "te",         "transfer-encoding", "upgrade"};
constexpr std::array<std::string_view, 3> kCredentials = {"authorization", "cookie",
                                                          "proxy-authorization"};

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <std::size_t kCount>
bool isOneOf(const std::array<std::string_view, kCount>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), lowerCase(name)) != names.end();
}

/// RFC 9110, section 5.6.2: a token.
bool isToken(const std::string& name) {
  constexpr std::string_view kSymbols = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSymbols.find(c) != std::string_view::npos;
  });
}

bool isOneLine(const std::string& value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::uint16_t portOf(const Url& url) {
  if (url.port != 0) return url.port;
  return url.scheme == "https" ? 443 : 80;
}

}  // namespace

Result<std::vector<std::string>> httpHeaderLines(const HttpHeaders& headers,
                                                 const FailureSite& site) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : headers) {
    if (!isToken(name) || !isOneLine(value)) {
      return site.error(ErrorCode::kOptionsInvalid,
                        "A request header has a name or a value that HTTP does not allow.");
    }
    if (isOneOf(kFraming, name)) {
      return site.error(ErrorCode::kOptionsInvalid,
                        "The request header " + name + " cannot be set: it frames the message.");
    }
    // libcurl takes "Name:" as "leave it out" and "Name;" as "send it empty".
    lines.push_back(value.empty() ? name + ";" : name + ": " + value);
  }
  return lines;
}

std::optional<std::string> httpHeaderValue(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
  if (lowerCase(line.substr(0, name.size())) != name) return std::nullopt;
  std::string_view value = line.substr(name.size() + 1);
  const std::size_t first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::string();
  return std::string(value.substr(first, value.find_last_not_of(" \t") - first + 1));
}

HttpHeaders withoutCredentials(const HttpHeaders& headers) {
  HttpHeaders kept;
  std::copy_if(headers.begin(), headers.end(), std::back_inserter(kept),
               [](const auto& header) { return !isOneOf(kCredentials, header.first); });
  return kept;
}

bool isSameOrigin(const std::string& url, const std::string& other) {
  const auto a = parseUrl(url);
  const auto b = parseUrl(other);
  return a && b && a->scheme == b->scheme && lowerCase(a->host) == lowerCase(b->host) &&
         portOf(*a) == portOf(*b);
}

}  // namespace millrace
