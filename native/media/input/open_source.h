#pragma once

#include <memory>
#include <stop_token>

#include "media/input/packet_source.h"
#include "media/job/job_options.h"

namespace millrace {

/// Opens whatever the options name: a URL, a file, a stream of the host program, or the test
/// pattern
/// (`testpattern:1280x720@30`). Call on the thread that will read it.
Result<std::unique_ptr<PacketSource>> openSource(const InputOptions& options,
                                                 const AddressPolicy& policy, std::stop_token stop);

}  // namespace millrace
