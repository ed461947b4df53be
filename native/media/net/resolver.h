#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "media/error.h"
#include "media/net/address_policy.h"
#include "media/net/deadline.h"
#include "media/net/failure_site.h"
#include "media/net/socket_address.h"

namespace millrace {

/// The addresses of `host` that `policy` permits, in the system's order of preference, at least
/// one. Errors: HOST_NOT_FOUND, ADDRESS_DENIED, TIMED_OUT, CANCELLED.
///
/// Threads: a name is looked up by getaddrinfo, which nothing can interrupt, so it runs on a thread
/// of its own that owns a copy of the name and one half of a shared mailbox, and nothing else. A
/// caller that is cancelled or out of time lets go of the other half and returns at once; the
/// thread ends by itself when the system's resolver gives up (resolv.conf, by default within half a
/// minute) and the mailbox goes with it. An address in numbers needs no thread. Such a thread may
/// outlive the job, never the library: the addon is linked so that it is not unloaded.
Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                           const AddressPolicy& policy, std::stop_token stop,
                                           SteadyTime deadline, const FailureSite& site);

/// ADDRESS_DENIED in words.
Error addressDenied(const std::string& host, const std::string& ip, const FailureSite& site);

}  // namespace millrace
