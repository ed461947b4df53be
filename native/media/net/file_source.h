#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "media/byte_source.h"
#include "media/job/job_options.h"
#include "media/net/deadline.h"
#include "media/net/failure_site.h"
#include "media/net/file_descriptor.h"
#include "media/net/wake_signal.h"

namespace millrace {

/// A file, or a named pipe or device read as one. Threads: as ByteSource.
class FileSource final : public ByteSource {
 public:
  /// `path` is a path, not a URL. Errors: NOT_FOUND, FILE_FAILED.
  static Result<std::unique_ptr<FileSource>> open(const std::string& path,
                                                  const InputOptions& input, std::stop_token stop);

  Result<std::size_t> read(std::span<std::uint8_t> into) override;
  bool drained() const override;

  /// Leaves out what lies before `offset` and ends after `length` bytes. Before the first read.
  Result<void> limitTo(std::uint64_t offset, std::optional<std::uint64_t> length);

 private:
  FileSource(FileDescriptor file, bool isRegular, const InputOptions& input, std::stop_token stop);

  FileDescriptor file_;
  bool isRegular_;
  FailureSite site_;
  std::chrono::milliseconds stallTimeout_;
  std::optional<std::uint64_t> toDeliver_;
  WakeSignal wake_;
};

}  // namespace millrace
