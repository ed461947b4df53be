#include "media/url_redaction.h"

#include <algorithm>

#include "media/url.h"
#include "media/url_characters.h"

namespace millrace {
namespace {

constexpr std::string_view kLeftOut = "…";

bool isRtmp(std::string_view scheme) { return scheme == "rtmp" || scheme == "rtmps"; }

/// A log line or a terminal must not be steered by a URL.
std::string withoutControls(std::string text) {
  std::replace_if(text.begin(), text.end(), isControl, '?');
  constexpr std::size_t kMaxShown = 1'024;
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + std::string(kLeftOut);
  return text;
}

/// Path of an rtmp URL up to the slash behind its first part. Servers and players disagree about
/// where the application ends and the stream key begins.
std::string redactedRtmpPath(const Url& url) {
  if (url.path.empty() && url.query.empty()) return "";
  const std::size_t behindFirst = url.path.find('/', 1);
  const std::string_view kept = behindFirst == std::string::npos
                                    ? "/"
                                    : std::string_view(url.path).substr(0, behindFirst + 1);
  return std::string(kept) + std::string(kLeftOut);
}

}  // namespace

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
