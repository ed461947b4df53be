#pragma once

#include <curl/curl.h>

#include <string>

#include "media/error.h"
#include "media/net/failure_site.h"

namespace millrace {

struct HttpReply;

/// A transfer that libcurl gave up, as a typed error. `connected`: whether a connection had been
/// made (and TLS agreed) by then. `cause` is libcurl's own message.
Error httpTransferError(CURLcode result, int systemError, bool connected, const std::string& host,
                        const std::string& cause, const FailureSite& site);

/// A final reply that is no success.
Error httpStatusError(const HttpReply& reply, const FailureSite& site);

}  // namespace millrace
