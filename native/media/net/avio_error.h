#pragma once

#include <string>

#include "media/error.h"
#include "media/net/failure_site.h"

namespace millrace {

/// What a connection of libavformat's was doing when it failed.
struct AvioFailure {
  int code = 0;  ///< What libavformat returned.
  bool opening = false;
  bool forWriting = false;
  std::string scheme;
  std::string host;
};

/// libavformat's bare return code as a typed error, from what it is known to mean in its rtmp, srt
/// and tcp protocols. Its last log line, where one was caught, becomes part of the cause.
Error avioError(const AvioFailure& failure, const FailureSite& site);

}  // namespace millrace
