#pragma once

namespace millrace {

/// Whether NVIDIA's driver library is on this machine: what must be there before asking libavcodec
/// for a GPU encoder, which otherwise complains at length. Looks once a call; loads nothing that
/// stays.
bool hasNvidiaDriver();

}  // namespace millrace
