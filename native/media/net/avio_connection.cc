#include "media/net/avio_connection.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>

#include "media/libav.h"
#include "media/net/avio_error.h"
#include "media/net/resolver.h"
#include "media/net/srt_log.h"
#include "media/net/srt_socket.h"
#include "media/net/tls_diagnosis.h"
#include "media/net/trust_store.h"

namespace millrace {

AvioConnection::AvioConnection(const AvioConnectionOptions& options, Url url, std::stop_token stop)
    : options_(options),
      url_(std::move(url)),
      site_(options.stage, options.url),
      stop_(std::move(stop)) {}

AvioConnection::~AvioConnection() {
  deadline_ = SteadyTime::min();
  avio_closep(&io_);
}

Result<std::unique_ptr<AvioConnection>> AvioConnection::open(const AvioConnectionOptions& options,
                                                             const AddressPolicy& policy,
                                                             std::stop_token stop) {
  const FailureSite site(options.stage, options.url);
  auto url = parseUrl(options.url);
  if (!url) {
    return site.error(ErrorCode::kOptionsInvalid, "This is not a URL that can be connected to.");
  }
  if (url->port == 0 && defaultPort(url->scheme) == 0) {
    return site.error(ErrorCode::kOptionsInvalid, "An srt URL has to name a port.");
  }
  if (url->scheme == "srt") takeSrtLog();
  std::unique_ptr<AvioConnection> connection(
      new AvioConnection(options, *std::move(url), std::move(stop)));
  if (auto connected = connection->connect(policy); !connected) {
    return std::move(connected).error();
  }
  return connection;
}

Result<std::size_t> AvioConnection::read(std::span<std::uint8_t> into) {
  if (stop_.stop_requested()) return site_.cancelled();
  deadline_ = deadlineAfter(options_.stallTimeout);
  const int wanted = static_cast<int>(std::min<std::size_t>(into.size(), 1 << 20));
  const int count = avio_read_partial(io_, into.data(), wanted);
  if (count == AVERROR_EOF || isSrtGoodbye(count)) return std::size_t{0};
  if (count <= 0) return transferError(count);
  lastBytes_ = SteadyClock::now();
  return static_cast<std::size_t>(count);
}

bool AvioConnection::hasBuffered() const { return io_->buf_ptr < io_->buf_end; }

Result<void> AvioConnection::write(std::span<const std::uint8_t> bytes) {
  if (stop_.stop_requested()) return site_.cancelled();
  // A message of SRT's is one datagram; other protocols take everything in one piece.
  const std::size_t piece =
      io_->max_packet_size > 0 ? static_cast<std::size_t>(io_->max_packet_size) : bytes.size();
  while (!bytes.empty()) {
    deadline_ = deadlineAfter(options_.stallTimeout);
    const auto now = bytes.first(std::min(piece, bytes.size()));
    avio_write(io_, now.data(), static_cast<int>(now.size()));
    if (io_->error < 0) return transferError(io_->error);
    bytes = bytes.subspan(now.size());
  }
  return {};
}

Result<void> AvioConnection::awaitAcknowledgement() {
  constexpr std::chrono::milliseconds kPause{10};
  const auto socket = url_.scheme == "srt" ? SrtSocket::of(*io_) : std::nullopt;
  if (!socket) return {};
  std::optional<std::size_t> before;
  for (;;) {
    const auto left = socket->unacknowledged();
    if (!left) return transferError(AVERROR(ECONNRESET));
    if (*left == 0) return {};
    if (!before || *left < *before) deadline_ = deadlineAfter(options_.stallTimeout);
    before = left;
    if (shouldGiveUp(this) != 0) return transferError(AVERROR_EXIT);
    std::this_thread::sleep_for(kPause);
  }
}

std::chrono::milliseconds AvioConnection::receiverLatency() const {
  if (url_.scheme != "srt") return {};
  if (const auto socket = SrtSocket::of(*io_))
    if (const auto agreed = socket->receiverLatency()) return *agreed;
  std::chrono::milliseconds latency{120};  // libsrt's default.
  for (const char* key : {"latency", "tsbpddelay", "peerlatency"}) {
    // In microseconds, as libavformat takes them.
    const long long us = std::strtoll(queryValue(url_.query, key).c_str(), nullptr, 10);
    latency = std::max(latency, std::chrono::milliseconds(us / 1'000));
  }
  return latency;
}

Result<void> AvioConnection::close() {
  deadline_ = deadlineAfter(options_.stallTimeout);
  const int code = avio_closep(&io_);
  if (code < 0) return transferError(code);
  return {};
}

Result<void> AvioConnection::connect(const AddressPolicy& policy) {
  const SteadyTime deadline = deadlineAfter(options_.connectTimeout);
  const auto wanted = targetOptions();
  if (!wanted) return wanted.error();
  const auto hosts = candidates(policy, deadline);
  if (!hosts) return hosts.error();
  Result<void> connected;
  for (std::size_t i = 0; i < hosts->size(); ++i) {
    // An address that does not answer must leave time for those behind it.
    const auto share = remainingUntil(deadline) / static_cast<int>(hosts->size() - i);
    connected = connectTo((*hosts)[i], *wanted, deadlineAfter(share));
    if (connected) return connected;
    // Only a failure to reach this address is a reason to try the next.
    const ErrorCode code = connected.error().code;
    if (code != ErrorCode::kConnectionRefused && code != ErrorCode::kTimedOut) break;
  }
  return connected;
}

Result<void> AvioConnection::connectTo(const std::string& ip, const AvioTargetOptions& wanted,
                                       SteadyTime deadline) {
  const AvioTarget target = avioTarget(url_, ip, wanted);
  Dictionary dictionary;
  for (const auto& [key, value] : target.options) dictionary.set(key.c_str(), value);
  const AVIOInterruptCB interrupt{&AvioConnection::shouldGiveUp, this};
  const int direction = options_.forWriting ? AVIO_FLAG_WRITE : AVIO_FLAG_READ;
  deadline_ = deadline;
  outOfTime_ = false;
  const int code = avio_open2(&io_, target.url.c_str(), direction | AVIO_FLAG_DIRECT, &interrupt,
                              dictionary.address());
  if (code >= 0) return {};
  if (stop_.stop_requested()) return site_.cancelled();
  if (url_.scheme == "rtmps" && code == AVERROR(EIO) && !outOfTime_) {
    // libavformat returns the same for a certificate it does not trust as for a closed connection.
    if (auto tls = diagnoseTls({options_.stage, url_, ip, options_.tls}, stop_, deadline)) {
      return *std::move(tls);
    }
  }
  return openError(code);
}

Result<std::vector<std::string>> AvioConnection::candidates(const AddressPolicy& policy,
                                                            SteadyTime deadline) {
  if (url_.scheme == "srt" && queryValue(url_.query, "mode") == "listener") {
    if (allowsEveryAddress(policy)) return std::vector<std::string>{url_.host};
    return site_.error(ErrorCode::kAddressDenied,
                       "mode=listener lets anyone connect, which the address policy cannot check.");
  }
  if (url_.host.empty()) {
    return site_.error(ErrorCode::kOptionsInvalid, "The URL has to name a host.");
  }
  // Nothing has to be checked, and the server may need to be told its name to find its certificate.
  if (url_.scheme == "rtmps" && allowsEveryAddress(policy) && !avioTls().namesPinnedHost) {
    return std::vector<std::string>{url_.host};
  }
  const std::uint16_t port = url_.port != 0 ? url_.port : defaultPort(url_.scheme);
  const auto addresses = resolve(url_.host, port, policy, stop_, deadline, site_);
  if (!addresses) return addresses.error();
  std::vector<std::string> ips;
  for (const SocketAddress& address : *addresses) ips.push_back(address.ip());
  return ips;
}

Result<AvioTargetOptions> AvioConnection::targetOptions() const {
  AvioTargetOptions wanted{options_.forWriting, options_.connectTimeout, options_.tls.verify, ""};
  if (url_.scheme == "rtmps" && options_.tls.verify) {
    if (!avioTls().verifiesNames) {
      return site_.error(ErrorCode::kOptionsInvalid,
                         "This system's libavformat cannot verify whom a certificate is made out "
                         "for: use the bundled one, or turn TLS verification off.");
    }
    auto store = trustStore(options_.tls, site_);
    if (!store) return std::move(store).error();
    wanted.caFile = *std::move(store);
  }
  return wanted;
}

Error AvioConnection::openError(int code) const {
  // Not the return code: rtmp turns an interrupted wait into a plain EIO.
  if (outOfTime_) {
    return site_.error(ErrorCode::kTimedOut, url_.host + " did not answer within " +
                                                 inSeconds(options_.connectTimeout) + ".");
  }
  return avioError({code, true, options_.forWriting, url_.scheme, url_.host}, site_);
}

Error AvioConnection::transferError(int code) const {
  if (stop_.stop_requested()) return site_.cancelled();
  if (outOfTime_) {
    return site_.error(
        ErrorCode::kStalled,
        (options_.forWriting ? "The output took no bytes for " : "The source sent nothing for ") +
            inSeconds(options_.stallTimeout) + ", although the connection is up.");
  }
  return avioError({code, false, options_.forWriting, url_.scheme, url_.host}, site_);
}

bool AvioConnection::isSrtGoodbye(int code) const {
  if (url_.scheme != "srt" || code >= 0 || outOfTime_ || stop_.stop_requested()) return false;
  if (lastBytes_ == SteadyTime::min()) return false;
  // SRT knows no end of stream, and libavformat returns the same code for a peer that closed as for
  // one that vanished. The second takes libsrt five seconds of silence to find out.
  constexpr std::chrono::seconds kVanished{4};
  return SteadyClock::now() - lastBytes_ < kVanished;
}

int AvioConnection::shouldGiveUp(void* self) {
  auto& connection = *static_cast<AvioConnection*>(self);
  if (connection.stop_.stop_requested()) return 1;
  if (SteadyClock::now() < connection.deadline_) return 0;
  connection.outOfTime_ = true;
  return 1;
}

}  // namespace millrace
