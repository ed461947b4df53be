#include "media/net/socket_address.h"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace millrace {

SocketAddress::SocketAddress(const sockaddr& address, socklen_t length)
    : length_(std::min<socklen_t>(length, sizeof storage_)) {
  std::memcpy(&storage_, &address, length_);
}

std::string SocketAddress::ip() const {
  std::array<char, NI_MAXHOST> text{};
  const int failure =
      getnameinfo(&get(), length_, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return failure == 0 ? std::string(text.data()) : std::string("an unknown address");
}

}  // namespace millrace
