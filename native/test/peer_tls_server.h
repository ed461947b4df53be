#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "peer_process.h"

namespace millrace::test {

/// A certificate authority of our own and two certificates from it: one for `localhost` and
/// 127.0.0.1, one for another name. Made by the openssl command, once per process.
class TestCertificates {
 public:
  /// nullptr where openssl is not installed.
  static const TestCertificates* get();

  std::string authority() const { return folder_.file("ca.pem"); }
  std::string certificate(const std::string& name) const { return folder_.file(name + ".pem"); }
  std::string key() const { return folder_.file("key.pem"); }

 private:
  bool make() const;

  TemporaryFolder folder_;
};

/// `openssl s_server` on a free port of 127.0.0.1, with the certificate of that name.
class TlsServer {
 public:
  /// `arguments` decide what it serves: `-HTTP` for files of `folder`, none for a plain pipe.
  TlsServer(const TestCertificates& certificates, const std::string& name,
            const std::vector<std::string>& arguments = {}, const std::string& folder = ".");

  std::uint16_t port() const { return port_; }
  PeerProcess& process() { return process_; }

 private:
  PeerProcess process_;
  std::uint16_t port_ = 0;
};

}  // namespace millrace::test
