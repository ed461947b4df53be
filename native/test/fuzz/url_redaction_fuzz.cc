#include "media/url_redaction.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "media/url.h"

// What is redacted holds nothing that was to be left out.
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
  if (publishes && !other.path.empty()) {
    const std::size_t behindFirst = other.path.find('/', 1);
    other.path =
        (behindFirst == std::string::npos ? "/" : other.path.substr(0, behindFirst + 1)) + "other";
  }
  check(redactUrl(toString(other)) == shown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  checkRedacted(redactUrl(text), parseUrl(text));
  redactText(text);
  return 0;
}
