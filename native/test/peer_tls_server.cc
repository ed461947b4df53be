#include "peer_tls_server.h"

#include <cstdlib>

namespace millrace::test {
namespace {

std::vector<std::string> serverCommand(const TestCertificates& certificates,
                                       const std::string& name,
                                       const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"openssl", "s_server",
                                      "-accept", "127.0.0.1:0",
                                      "-cert",   certificates.certificate(name),
                                      "-key",    certificates.key()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

const TestCertificates* TestCertificates::get() {
  static const std::unique_ptr<TestCertificates> made = [] {
    auto certificates = std::make_unique<TestCertificates>();
    return certificates->make() ? std::move(certificates) : nullptr;
  }();
  return made.get();
}

bool TestCertificates::make() const {
  if (!isInstalled("openssl")) return false;
  const std::string& folder = folder_.path();
  folder_.write("localhost.ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  folder_.write("other.ext", "subjectAltName=DNS:other.example\n");
  bool made =
      runToEnd({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-keyout", "ca-key.pem", "-out", "ca.pem", "-days", "2", "-subj",
                "/CN=Millrace test CA"},
               folder) &&
      runToEnd({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=Millrace test server"},
               folder);
  for (const std::string name : {"localhost", "other"}) {
    made = made && runToEnd({"openssl", "x509", "-req", "-in", "request.pem", "-CA", "ca.pem",
                             "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2", "-extfile",
                             name + ".ext", "-out", name + ".pem"},
                            folder);
  }
  return made;
}

TlsServer::TlsServer(const TestCertificates& certificates, const std::string& name,
                     const std::vector<std::string>& arguments, const std::string& folder)
    : process_(serverCommand(certificates, name, arguments), folder) {
  constexpr std::string_view kListening = "ACCEPT 127.0.0.1:";
  const std::string said = process_.waitFor(kListening);
  const std::size_t start = said.find(kListening);
  if (start != std::string::npos) {
    port_ = static_cast<std::uint16_t>(std::atoi(said.c_str() + start + kListening.size()));
  }
}

}  // namespace millrace::test
