#include "peer_rtmp_server.h"

#include <filesystem>

#include "loopback_server.h"

namespace millrace::test {
namespace {

constexpr const char* kModule = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

std::string configuration(std::uint16_t port, const std::string& callbackUrl,
                          const std::string& folder) {
  const std::string asking = callbackUrl.empty() ? ""
                                                 : "on_publish " + callbackUrl +
                                                       "publish; on_play " + callbackUrl + "play;";
  return "load_module " + std::string(kModule) + ";\n" +
         "daemon off; master_process off; pid nginx.pid; error_log stderr info;\n"
         "events {}\n"
         "rtmp { server { listen 127.0.0.1:" +
         std::to_string(port) +
         ";\n"
         "  application live { live on; publish_notify on; record all; record_path " +
         folder +
         "; }\n"
         "  application asked { live on; " +
         asking + " }\n} }\n";
}

}  // namespace

std::unique_ptr<RtmpServer> RtmpServer::start(const std::string& callbackUrl) {
  const std::string nginx = isInstalled("nginx") ? "nginx" : "/usr/sbin/nginx";
  if (!std::filesystem::exists(kModule)) return nullptr;
  std::unique_ptr<RtmpServer> server(new RtmpServer);
  server->port_ = unusedPort();
  const std::string& folder = server->folder_.path();
  const std::string file =
      server->folder_.write("nginx.conf", configuration(server->port_, callbackUrl, folder));
  server->process_ = std::make_unique<PeerProcess>(
      std::vector<std::string>{nginx, "-p", folder, "-e", "stderr", "-c", file}, folder);
  return waitForListener(server->port_) ? std::move(server) : nullptr;
}

std::string RtmpServer::url(const std::string& path, const std::string& host) const {
  return "rtmp://" + host + ":" + std::to_string(port_) + path;
}

}  // namespace millrace::test
