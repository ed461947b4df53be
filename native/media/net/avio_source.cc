#include "media/net/avio_source.h"

namespace millrace {

Result<std::unique_ptr<AvioSource>> AvioSource::open(const InputOptions& input,
                                                     const AddressPolicy& policy,
                                                     std::stop_token stop) {
  auto connection = AvioConnection::open(
      {Stage::kSource, input.url, false, input.connectTimeout, input.stallTimeout, input.tls},
      policy, std::move(stop));
  if (!connection) return std::move(connection).error();
  return std::unique_ptr<AvioSource>(new AvioSource(*std::move(connection)));
}

}  // namespace millrace
