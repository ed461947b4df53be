#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "media/net/avio_target.h"
#include "media/url.h"

// What is taken apart goes together again, what is redacted holds nothing that was to be left out.
namespace {

using namespace millrace;

void check(bool holds) {
  if (!holds) std::abort();
}

// What is shown is the same whatever the secrets are.
void checkRedacted(const std::string& shown, const std::optional<Url>& url) {
  for (const char c : shown) check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  if (!url) return;
  Url other = *url;
  if (!other.userInfo.empty()) other.userInfo = "other";
  if (!other.query.empty()) other.query = "?other";
  const bool publishes = other.scheme == "rtmp" || other.scheme == "rtmps";
  if (publishes && !other.path.empty())
    other.path = other.path.substr(0, other.path.rfind('/') + 1) + "other";
  check(redactUrl(toString(other)) == shown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto url = parseUrl(text);
  if (url) {
    const std::string again = toString(*url);
    const auto second = parseUrl(again);
    check(second.has_value() && toString(*second) == again && second->host == url->host);
    check(rtmpApplication(*url).size() <= url->path.size() + url->query.size());
    queryValue(url->query, "mode");
  }
  checkRedacted(redactUrl(text), url);
  redactText(text);
  if (const auto path = filePath(text)) check(path->find('\0') == std::string::npos);
  if (const auto resolved = resolveReference("http://host/live/index.m3u8", text)) {
    check(!schemeOf(*resolved).empty());
  }
  return 0;
}
