#include "media/net/file_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "media/file_url.h"
#include "media/url_redaction.h"

namespace millrace {
namespace {

Error openError(int systemError, const FailureSite& site) {
  const std::string cause = std::strerror(systemError);
  switch (systemError) {
    case ENOENT:
    case ENOTDIR:
      return site.error(ErrorCode::kNotFound, "The folder of the output file is not there.", cause);
    case ENXIO:
      return site.error(ErrorCode::kFileFailed, "Nothing reads from this pipe.", cause);
    default:
      return site.error(ErrorCode::kFileFailed, "The file cannot be opened for writing.", cause);
  }
}

Error writeError(int systemError, const FailureSite& site) {
  return site.error(ErrorCode::kFileFailed,
                    systemError == ENOSPC ? "The disk is full." : "The file cannot be written.",
                    std::strerror(systemError));
}

bool isSameFile(const std::string& urlOrPath, const struct stat& file) {
  const auto path = filePath(urlOrPath);
  struct stat status {};
  return path && stat(path->c_str(), &status) == 0 && status.st_dev == file.st_dev &&
         status.st_ino == file.st_ino;
}

}  // namespace

FileSink::FileSink(FileDescriptor file, bool isRegular, const OutputOptions& output,
                   std::stop_token stop)
    : file_(std::move(file)),
      holdsOldBytes_(isRegular),
      site_(Stage::kSink, output.url),
      stallTimeout_(output.stallTimeout),
      wake_(std::move(stop)) {}

Result<std::unique_ptr<FileSink>> FileSink::open(const std::string& path,
                                                 const OutputOptions& output,
                                                 const std::vector<std::string>& taken,
                                                 std::stop_token stop) {
  const FailureSite site(Stage::kSink, output.url);
  constexpr mode_t kReadableByAll = 0666;  // The process's umask has the last word.
  FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, kReadableByAll));
  if (!file) return openError(errno, site);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return openError(errno, site);
  const bool isRegular = S_ISREG(status.st_mode);
  if (isRegular) {
    // Only now, so that of two names of a file that was not there the later one finds it.
    for (const std::string& other : taken)
      if (isSameFile(other, status))
        return site.error(ErrorCode::kOptionsInvalid,
                          "This is the same file as " + redactUrl(other) +
                              ", under another name; choose another file.");
  }
  return std::unique_ptr<FileSink>(
      new FileSink(std::move(file), isRegular, output, std::move(stop)));
}

Result<void> FileSink::dropOldBytes() {
  if (!std::exchange(holdsOldBytes_, false)) return {};
  if (ftruncate(file_.get(), 0) != 0) return writeError(errno, site_);
  return {};
}

Result<void> FileSink::write(std::span<const std::uint8_t> bytes) {
  SteadyTime deadline = deadlineAfter(stallTimeout_);
  while (!bytes.empty()) {
    std::array<pollfd, 2> waits{{{file_.get(), POLLOUT, 0}, {wake_.descriptor(), POLLIN, 0}}};
    const int ready = poll(waits.data(), waits.size(), pollTimeoutMs(deadline));
    if (wake_.stopped()) return site_.cancelled();
    if (ready == 0) {
      return site_.error(ErrorCode::kStalled,
                         "The output took no bytes for " + inSeconds(stallTimeout_) + ".");
    }
    if (Result<void> dropped = dropOldBytes(); !dropped) return dropped;
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      deadline = deadlineAfter(stallTimeout_);
    } else if (errno != EINTR && errno != EAGAIN) {
      return writeError(errno, site_);
    }
  }
  return {};
}

Result<void> FileSink::finish() {
  if (Result<void> dropped = dropOldBytes(); !dropped) return dropped;
  // Network file systems report a failed write as late as here.
  if (file_.reset() != 0) return writeError(errno, site_);
  return {};
}

}  // namespace millrace
