#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "media/net/http_headers.h"

// A reply's header line from any server; a request's header from any caller.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = httpHeaderValue(text, "location");
  if (value && value->size() >= text.size()) std::abort();

  const std::size_t half = size / 2;
  const HttpHeaders headers = {{std::string(text.substr(0, half)), std::string(text.substr(half))}};
  const auto lines = httpHeaderLines(headers, FailureSite(Stage::kSource, "http://host/"));
  if (lines && lines->front().find_first_of("\r\n") != std::string::npos) std::abort();
  return 0;
}
