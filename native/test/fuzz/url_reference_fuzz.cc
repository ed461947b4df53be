#include "media/url_reference.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "media/file_url.h"
#include "media/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto path = filePath(text); path && path->find('\0') != std::string::npos) std::abort();
  const auto resolved = resolveReference("http://host/live/index.m3u8", text);
  if (resolved && schemeOf(*resolved).empty()) std::abort();
  return 0;
}
