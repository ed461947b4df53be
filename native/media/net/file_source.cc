#include "media/net/file_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace millrace {
namespace {

Error openError(int systemError, const FailureSite& site) {
  if (systemError == ENOENT || systemError == ENOTDIR) {
    return site.error(ErrorCode::kNotFound, "There is no such file.", std::strerror(systemError));
  }
  return site.error(ErrorCode::kFileFailed, "The file cannot be opened for reading.",
                    std::strerror(systemError));
}

}  // namespace

FileSource::FileSource(FileDescriptor file, bool isRegular, const InputOptions& input,
                       std::stop_token stop)
    : file_(std::move(file)),
      isRegular_(isRegular),
      site_(Stage::kSource, input.url),
      stallTimeout_(input.stallTimeout),
      wake_(std::move(stop)) {}

Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path,
                                                     const InputOptions& input,
                                                     std::stop_token stop) {
  const FailureSite site(Stage::kSource, input.url);
  // Non-blocking, so that neither opening nor reading a pipe waits where nothing can interrupt it.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return openError(errno, site);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return openError(errno, site);
  if (S_ISDIR(status.st_mode)) return openError(EISDIR, site);
  return std::unique_ptr<FileSource>(
      new FileSource(std::move(file), S_ISREG(status.st_mode), input, std::move(stop)));
}

Result<std::size_t> FileSource::read(std::span<std::uint8_t> into) {
  if (toDeliver_) into = into.first(std::min<std::uint64_t>(*toDeliver_, into.size()));
  if (toDeliver_ == 0U) return std::size_t{0};
  const SteadyTime deadline = deadlineAfter(stallTimeout_);
  while (true) {
    std::array<pollfd, 2> waits{{{file_.get(), POLLIN, 0}, {wake_.descriptor(), POLLIN, 0}}};
    const int ready = poll(waits.data(), waits.size(), pollTimeoutMs(deadline));
    if (wake_.stopped()) return site_.cancelled();
    if (ready == 0) {
      return site_.error(ErrorCode::kStalled,
                         "The source wrote nothing for " + inSeconds(stallTimeout_) + ".");
    }
    const ssize_t count = ::read(file_.get(), into.data(), into.size());
    if (count >= 0) {
      if (toDeliver_) *toDeliver_ -= static_cast<std::uint64_t>(count);
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR && errno != EAGAIN) {
      return site_.error(ErrorCode::kFileFailed, "The file cannot be read.", std::strerror(errno));
    }
  }
}

bool FileSource::drained() const {
  if (isRegular_) return false;
  pollfd wait{file_.get(), POLLIN, 0};
  return poll(&wait, 1, 0) == 0;
}

Result<void> FileSource::limitTo(std::uint64_t offset, std::optional<std::uint64_t> length) {
  if (lseek(file_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    return site_.error(ErrorCode::kFileFailed, "The file has no such part.", std::strerror(errno));
  }
  toDeliver_ = length;
  return {};
}

}  // namespace millrace
