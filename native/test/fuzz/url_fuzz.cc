#include "media/url.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "media/net/avio_target.h"

// What is taken apart goes together again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  const auto url = parseUrl({reinterpret_cast<const char*>(data), size});
  if (!url) return 0;
  const std::string again = toString(*url);
  const auto second = parseUrl(again);
  if (!second || toString(*second) != again || second->host != url->host) std::abort();
  if (rtmpApplication(*url).size() > url->path.size() + url->query.size()) std::abort();
  queryValue(url->query, "mode");
  return 0;
}
