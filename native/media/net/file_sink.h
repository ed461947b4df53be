#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "media/byte_sink.h"
#include "media/job/job_options.h"
#include "media/net/deadline.h"
#include "media/net/failure_site.h"
#include "media/net/file_descriptor.h"
#include "media/net/wake_signal.h"

namespace millrace {

/// A file, made new, or written over from the first byte on, so that one that fails before it keeps
/// what is in it; or a named pipe or device. Every write goes straight to the system. Threads: as
/// ByteSink.
class FileSink final : public ByteSink {
 public:
  /// `path` is a path, not a URL. `taken`: as openByteSink. Errors: NOT_FOUND for a folder that is
  /// not there, OPTIONS_INVALID for a file that is taken, FILE_FAILED.
  static Result<std::unique_ptr<FileSink>> open(const std::string& path,
                                                const OutputOptions& output,
                                                const std::vector<std::string>& taken,
                                                std::stop_token stop);

  Result<void> write(std::span<const std::uint8_t> bytes) override;
  Result<void> finish() override;

 private:
  FileSink(FileDescriptor file, bool isRegular, const OutputOptions& output, std::stop_token stop);

  Result<void> dropOldBytes();

  FileDescriptor file_;
  bool holdsOldBytes_;  ///< Of before this job, as far as anybody knows.
  FailureSite site_;
  std::chrono::milliseconds stallTimeout_;
  WakeSignal wake_;
};

}  // namespace millrace
