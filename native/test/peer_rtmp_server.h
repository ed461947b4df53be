#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "peer_process.h"

namespace millrace::test {

/// nginx with its RTMP module on a free port of 127.0.0.1. Application `live` relays and records
/// what is published, `asked` asks `callbackUrl` before it lets anyone publish or play.
class RtmpServer {
 public:
  /// nullptr where nginx or its module is not installed.
  static std::unique_ptr<RtmpServer> start(const std::string& callbackUrl = "");

  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const;
  /// Where the stream of that name is recorded.
  std::string recording(const std::string& stream) const { return folder_.file(stream + ".flv"); }
  PeerProcess& process() { return *process_; }

 private:
  RtmpServer() = default;

  TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<PeerProcess> process_;
};

}  // namespace millrace::test
