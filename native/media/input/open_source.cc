#include "media/input/open_source.h"

#include <utility>

#include "media/input/demuxer.h"
#include "media/input/test_pattern.h"

namespace millrace {

Result<std::unique_ptr<PacketSource>> openSource(const InputOptions& options,
                                                 const AddressPolicy& policy,
                                                 std::stop_token stop) {
  if (!options.openStream && TestPattern::isTestPattern(options.url))
    return TestPattern::open(options, std::move(stop));
  return Demuxer::open(options, policy, std::move(stop));
}

}  // namespace millrace
