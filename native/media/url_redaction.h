#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// The URL without what could let a reader of a log in: user info, query, fragment and the last
/// part of an rtmp(s) path, which is a stream key when publishing. `…` marks what was left out.
/// Takes anything, never fails, and lets no control character through; a plain path stays as it is.
std::string redactUrl(std::string_view urlOrPath);

/// A line of prose with every URL in it redacted, for what libraries log.
std::string redactText(std::string_view line);

}  // namespace millrace
