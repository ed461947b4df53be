#include "media/net/trust_store.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace millrace {
namespace {

constexpr std::array<const char*, 5> kBundles = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",                   // older RHEL
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine
};

}  // namespace

Result<std::string> trustStore(const TlsOptions& tls, const FailureSite& site) {
  if (!tls.caFile.empty()) {
    if (access(tls.caFile.c_str(), R_OK) == 0) return tls.caFile;
    return site.error(ErrorCode::kOptionsInvalid, "The CA file " + tls.caFile + " cannot be read.",
                      std::strerror(errno));
  }
  if (const char* named = std::getenv("SSL_CERT_FILE"); named != nullptr && *named != '\0') {
    return std::string(named);
  }
  for (const char* bundle : kBundles) {
    if (access(bundle, R_OK) == 0) return std::string(bundle);
  }
  return site.error(ErrorCode::kTlsUntrusted,
                    "This machine has no trust store to verify certificates with: install the "
                    "package ca-certificates, or name a CA file.");
}

}  // namespace millrace
