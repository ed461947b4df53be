#pragma once

#include <string>

#include "media/error.h"
#include "media/job/job_options.h"
#include "media/net/failure_site.h"

namespace millrace {

/// The PEM file of certificates to trust: `tls.caFile`, else the file SSL_CERT_FILE names, else the
/// system's bundle where the common distributions keep it. Named outright, because a statically
/// linked TLS library knows only the paths of the machine it was built on. Errors: OPTIONS_INVALID
/// for a caFile that cannot be read, TLS_UNTRUSTED when there is no store at all.
Result<std::string> trustStore(const TlsOptions& tls, const FailureSite& site);

}  // namespace millrace
