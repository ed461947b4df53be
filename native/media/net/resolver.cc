#include "media/net/resolver.h"

#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace millrace {
namespace {

struct Lookup {
  int failure = 0;  ///< An EAI_ code.
  int systemError = 0;
  std::vector<SocketAddress> addresses;
};

Lookup lookUp(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // One entry per address; the port is what UDP would get, too.
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  Lookup lookup;
  lookup.failure = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  lookup.systemError = errno;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
  if (lookup.failure != 0) return lookup;
  for (const addrinfo* entry = owned.get(); entry != nullptr; entry = entry->ai_next) {
    lookup.addresses.emplace_back(*entry->ai_addr, entry->ai_addrlen);
  }
  return lookup;
}

/// Shared by the caller and the thread of one lookup; dies with the last of the two.
struct Mailbox {
  std::mutex mutex;
  std::condition_variable_any delivered;
  std::optional<Lookup> lookup;  ///< Guarded by mutex.
};

Result<Lookup> lookUpOnThread(const std::string& host, std::uint16_t port, std::stop_token stop,
                              SteadyTime deadline, const FailureSite& site) {
  const auto mailbox = std::make_shared<Mailbox>();
  try {
    std::thread([mailbox, host, port] {
      Lookup lookup = lookUp(host, port, 0);
      const std::lock_guard lock(mailbox->mutex);
      mailbox->lookup = std::move(lookup);
      mailbox->delivered.notify_one();
    }).detach();
  } catch (const std::system_error& failure) {
    return site.error(ErrorCode::kInternal, "No thread could be started to look up a host name.",
                      failure.what());
  }
  std::unique_lock lock(mailbox->mutex);
  mailbox->delivered.wait_until(lock, stop, deadline, [&] { return mailbox->lookup.has_value(); });
  if (stop.stop_requested()) return site.cancelled();
  if (!mailbox->lookup) {
    return site.error(ErrorCode::kTimedOut,
                      "The name " + host +
                          " was not resolved in time: the name server is slow or "
                          "cannot be reached.");
  }
  return std::move(*mailbox->lookup);
}

Error notFound(const std::string& host, const Lookup& lookup, const FailureSite& site) {
  const char* reason = lookup.failure == EAI_SYSTEM ? std::strerror(lookup.systemError)
                                                    : gai_strerror(lookup.failure);
  const bool passing = lookup.failure == EAI_AGAIN;
  return site.error(ErrorCode::kHostNotFound,
                    passing ? "The name " + host +
                                  " could not be resolved: the name server does not "
                                  "answer."
                            : "There is no host named " + host + ".",
                    reason);
}

}  // namespace

Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                           const AddressPolicy& policy, std::stop_token stop,
                                           SteadyTime deadline, const FailureSite& site) {
  if (stop.stop_requested()) return site.cancelled();
  Lookup lookup = lookUp(host, port, AI_NUMERICHOST);
  if (lookup.failure == EAI_NONAME) {
    auto found = lookUpOnThread(host, port, stop, deadline, site);
    if (!found) return std::move(found).error();
    lookup = *std::move(found);
  }
  if (lookup.failure != 0) return notFound(host, lookup, site);

  std::vector<SocketAddress> permitted;
  for (const SocketAddress& address : lookup.addresses) {
    if (permits(policy, address.get())) permitted.push_back(address);
  }
  if (permitted.empty()) return addressDenied(host, lookup.addresses.front().ip(), site);
  return permitted;
}

Error addressDenied(const std::string& host, const std::string& ip, const FailureSite& site) {
  const std::string what = host == ip ? ip : host + " (" + ip + ")";
  return site.error(ErrorCode::kAddressDenied,
                    "The address policy does not allow connections to " + what + ".");
}

}  // namespace millrace
