#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace millrace {

/// An IPv4 or IPv6 address with a port; a value.
class SocketAddress {
 public:
  SocketAddress() = default;
  /// `length` bytes at `address`, which is of either family.
  SocketAddress(const sockaddr& address, socklen_t length);

  const sockaddr& get() const { return reinterpret_cast<const sockaddr&>(storage_); }
  /// In numbers and without brackets, with the zone of a link-local IPv6 address.
  std::string ip() const;

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

}  // namespace millrace
