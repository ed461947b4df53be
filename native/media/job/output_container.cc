#include "media/job/output_container.h"

#include <string_view>

#include "media/url.h"

namespace millrace {

Container containerOf(const OutputOptions& output) {
  if (output.container) return *output.container;
  const std::string scheme = schemeOf(output.url);
  if (scheme == "rtmp" || scheme == "rtmps") return Container::kFlv;
  if (scheme == "srt") return Container::kMpegTs;
  std::string_view path(output.url);
  if (!scheme.empty()) path = path.substr(0, path.find_first_of("?#"));
  if (path.ends_with(".flv")) return Container::kFlv;
  if (path.ends_with(".mp4") || path.ends_with(".m4s") || path.ends_with(".m4v"))
    return Container::kFragmentedMp4;
  return Container::kMpegTs;
}

}  // namespace millrace
