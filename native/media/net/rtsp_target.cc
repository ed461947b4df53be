#include "media/net/rtsp_target.h"

#include <utility>

#include "media/net/failure_site.h"
#include "media/net/resolver.h"
#include "media/net/trust_store.h"
#include "media/url.h"

namespace millrace {
namespace {

using LibavOptions = std::vector<std::pair<std::string, std::string>>;

Result<LibavOptions> tlsOptions(const Url& url, const TlsOptions& tls, const FailureSite& site) {
  LibavOptions options;
  if (url.scheme != "rtsps" || !tls.verify) return options;
  if (!avioTls().verifiesRtsp) {
    return site.error(ErrorCode::kOptionsInvalid,
                      "This system's libavformat cannot verify the certificate of an RTSP server: "
                      "use the bundled one, or turn TLS verification off.");
  }
  auto store = trustStore(tls, site);
  if (!store) return std::move(store).error();
  options.emplace_back("tls_verify", "1");
  options.emplace_back("ca_file", *std::move(store));
  options.emplace_back("verifyhost", url.host);
  return options;
}

}  // namespace

Result<std::vector<RtspTarget>> rtspTargets(const InputOptions& input, const AddressPolicy& policy,
                                            std::stop_token stop, SteadyTime deadline) {
  const FailureSite site(Stage::kSource, input.url);
  auto url = parseUrl(input.url);
  if (!url || url->host.empty()) {
    return site.error(ErrorCode::kOptionsInvalid, "This is not a URL that can be connected to.");
  }
  if (!permitsScheme(policy, url->scheme)) {
    return site.error(ErrorCode::kSchemeDenied,
                      "The address policy does not allow " + url->scheme + " URLs.");
  }
  auto options = tlsOptions(*url, input.tls, site);
  if (!options) return std::move(options).error();
  // Over TCP no firewall drops the media and no packet is lost on the way.
  options->emplace_back("rtsp_transport", "tcp");
  options->emplace_back("reorder_queue_size", "0");
  options->emplace_back("protocol_whitelist", "tcp,tls");
  const std::uint16_t port = url->port != 0 ? url->port : defaultPort(url->scheme);
  const auto addresses = resolve(url->host, port, policy, std::move(stop), deadline, site);
  if (!addresses) return addresses.error();
  std::vector<RtspTarget> targets;
  for (const SocketAddress& address : *addresses) {
    Url pinned = *url;
    pinned.host = address.ip();
    targets.push_back({pinned.host, {toString(pinned), *options}});
  }
  return targets;
}

}  // namespace millrace
