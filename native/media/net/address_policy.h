#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace millrace {

/// Which networks a job may talk to. Checked against the resolved address of every connection: the
/// source's and outputs' own, those of redirects, and those of everything a playlist refers to.
/// Immutable after construction; safe to share between threads.
struct AddressPolicy {
  /// CIDR blocks, IPv4 or IPv6 (`10.0.0.0/8`, `::1/128`). Empty: everything not denied is allowed.
  std::vector<std::string> allow;
  /// Wins over `allow`.
  std::vector<std::string> deny;
  /// Lower case: http, https, rtmp, rtmps, srt, rtsp, rtsps, file. Empty: all of them.
  std::vector<std::string> schemes;
};

/// True when every address is allowed, so that nothing needs checking.
bool allowsEveryAddress(const AddressPolicy& policy);

/// Whether a connection to `address` may be made. An address that stands for another one is judged
/// as both: IPv4 written as IPv6, the unspecified address (which connects to this host) and NAT64's
/// well-known prefix. A block that is no CIDR allows nothing and, in `deny`, denies everything:
/// better a job that cannot start than a rule that silently is none.
bool permits(const AddressPolicy& policy, const sockaddr& address);

/// `scheme` in lower case; a plain path is `file`.
bool permitsScheme(const AddressPolicy& policy, std::string_view scheme);

/// The first entry that is no CIDR block, for whoever validates options.
std::optional<std::string> firstInvalidBlock(const AddressPolicy& policy);

}  // namespace millrace
