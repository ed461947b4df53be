#pragma once

// Set by the build from package.json.
#ifndef MILLRACE_VERSION
#define MILLRACE_VERSION "unversioned"
#endif

namespace millrace {

inline constexpr const char* kUserAgent = "millrace/" MILLRACE_VERSION;

}  // namespace millrace
