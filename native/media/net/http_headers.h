#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/error.h"
#include "media/job/job_options.h"
#include "media/net/failure_site.h"

namespace millrace {

/// Request headers as lines for libcurl. OPTIONS_INVALID for a name that is none, a value that
/// would begin a line of its own, and the headers that frame the message, which are not the
/// caller's.
Result<std::vector<std::string>> httpHeaderLines(const HttpHeaders& headers,
                                                 const FailureSite& site);

/// The value of header line `line` when it is the header `name` (lower case).
std::optional<std::string> httpHeaderValue(std::string_view line, std::string_view name);

/// What may go to another origin than the one the headers were given for: all but credentials.
HttpHeaders withoutCredentials(const HttpHeaders& headers);

/// Same scheme, host and port.
bool isSameOrigin(const std::string& url, const std::string& other);

}  // namespace millrace
