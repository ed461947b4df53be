#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "media/error.h"
#include "media/job/job_options.h"
#include "media/net/deadline.h"
#include "media/url.h"

namespace millrace {

struct TlsDiagnosisOptions {
  Stage stage = Stage::kSource;
  Url url;         ///< Of the connection that failed.
  std::string ip;  ///< The address it was made to, already checked.
  TlsOptions tls;
};

/// Why TLS with a server fails: TLS_UNTRUSTED, TLS_FAILED, or nullopt when TLS is not what fails.
/// Makes one handshake with libcurl and hangs up; for libraries that do not tell. Used after a
/// failure only.
std::optional<Error> diagnoseTls(const TlsDiagnosisOptions& options, std::stop_token stop,
                                 SteadyTime deadline);

}  // namespace millrace
