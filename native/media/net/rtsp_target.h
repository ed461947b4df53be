#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "media/error.h"
#include "media/job/job_options.h"
#include "media/net/address_policy.h"
#include "media/net/avio_target.h"
#include "media/net/deadline.h"

namespace millrace {

/// One address of an RTSP server, and what libavformat's RTSP client is given to connect to it.
struct RtspTarget {
  std::string ip;
  AvioTarget connection;
};

/// Every address of the server that `policy` permits, in order of preference, at least one, so that
/// libavformat looks nothing up itself. Waits for DNS until `deadline`. Call on any thread.
Result<std::vector<RtspTarget>> rtspTargets(const InputOptions& input, const AddressPolicy& policy,
                                            std::stop_token stop, SteadyTime deadline);

}  // namespace millrace
