#include "media/url_reference.h"

#include <curl/curl.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "media/file_url.h"
#include "media/url.h"
#include "media/url_characters.h"

namespace millrace {
namespace {

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

}  // namespace millrace
