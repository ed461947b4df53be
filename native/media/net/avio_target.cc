#include "media/net/avio_target.h"

extern "C" {
#include <libavformat/avformat.h>
}

#include <algorithm>

namespace millrace {
namespace {

/// What a player is told to buffer: FFmpeg's 3 s would make some servers send a burst of old media.
constexpr const char* kRtmpBufferMs = "100";
/// Seven TS packets, what fits into an Ethernet frame: SRT's live mode sends one message a
/// datagram.
constexpr const char* kSrtPayloadBytes = "1316";

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

void addRtmp(const Url& url, const AvioTargetOptions& wanted, AvioTarget& target) {
  const std::uint16_t port = url.port != 0 ? url.port : defaultPort(url.scheme);
  target.options.emplace_back("rtmp_tcurl", url.scheme + "://" + bracketed(url.host) + ":" +
                                                std::to_string(port) + "/" + rtmpApplication(url));
  target.options.emplace_back("tcp_nodelay", "1");
  if (wanted.forWriting) {
    // After every tag, not every tenth, is it noticed that the server has said something.
    target.options.emplace_back("rtmp_flush_interval", "1");
  } else {
    target.options.emplace_back("rtmp_live", "live");
    target.options.emplace_back("rtmp_buffer", kRtmpBufferMs);
  }
  if (url.scheme != "rtmps") return;
  target.options.emplace_back("tls_verify", wanted.verifyTls ? "1" : "0");
  if (wanted.verifyTls) target.options.emplace_back("ca_file", wanted.caFile);
  target.options.emplace_back("verifyhost", url.host);
  // Else http_proxy in the environment would carry it past the address policy.
  target.options.emplace_back("http_proxy", "");
}

void addSrt(const AvioTargetOptions& wanted, AvioTarget& target) {
  // libavformat reads the URL's query after these, so what a user wrote there wins.
  target.options.emplace_back("transtype", "live");
  if (wanted.forWriting) target.options.emplace_back("payload_size", kSrtPayloadBytes);
  // Longer than the deadline, so that a failure before it is the peer's refusal, not its silence.
  constexpr std::chrono::milliseconds kMargin{5'000};
  target.options.emplace_back("connect_timeout",
                              std::to_string((wanted.connectTimeout + kMargin).count()));
}

}  // namespace

AvioTarget avioTarget(const Url& url, const std::string& ip, const AvioTargetOptions& options) {
  Url pinned = url;
  pinned.host = ip;
  AvioTarget target{toString(pinned), {}};
  if (url.scheme == "srt") {
    addSrt(options, target);
  } else {
    addRtmp(url, options, target);
  }
  return target;
}

std::uint16_t defaultPort(std::string_view scheme) {
  if (scheme == "rtmp") return 1935;
  if (scheme == "rtmps") return 443;
  if (scheme == "rtsp") return 554;
  if (scheme == "rtsps") return 322;
  return 0;
}

std::string rtmpApplication(const Url& url) {
  // As rtmp_open() in libavformat's rtmpproto.c.
  const std::string path = url.path + url.query;
  if (url.query.find("slist=") != std::string::npos) return path.substr(1);
  if (path.starts_with("/ondemand/")) return "ondemand";
  const std::size_t first = path.empty() ? 0 : 1;
  const std::size_t slash = path.find('/', first);
  if (slash == std::string::npos) return path.substr(first);
  const std::size_t second = path.find('/', slash + 1);
  const std::size_t colon = path.find(':', slash + 1);
  const bool oneFolder =
      second == std::string::npos || (colon != std::string::npos && colon < second);
  return path.substr(first, (oneFolder ? slash : second) - first);
}

std::string queryValue(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    query.remove_prefix(1);  // The question mark or an ampersand.
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(key) && pair.substr(key.size()).starts_with('=')) {
      return std::string(pair.substr(key.size() + 1));
    }
    query.remove_prefix(end);
  }
  return "";
}

AvioTls avioTls() {
#ifdef MILLRACE_SYSTEM_FFMPEG
  // GnuTLS takes the name to verify from `verifyhost`, but leaves it out of the handshake. mbedTLS,
  // as FFmpeg comes, forgets the name altogether when it is given an address.
  const std::string_view configuration(avformat_configuration());
  return {configuration.find("--enable-gnutls") != std::string_view::npos, false, false};
#else
  return {true, true, true};  // native/deps/patches/ffmpeg sees to all three.
#endif
}

}  // namespace millrace
