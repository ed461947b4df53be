#include "media/input/source_io.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace millrace {
namespace {

// A keyframe of a 1080p contribution stream fits, so that one read brings one access unit.
constexpr std::size_t kChunkBytes = 128 * 1024;
// Twice what the largest access unit, or an MP4's index, may have.
constexpr std::int64_t kMostBytesWithoutMedia = 16 * 1024 * 1024;
// A second or two of a contribution stream: a link that is disturbed recovers sooner.
constexpr std::int64_t kMostStrayBytes = 4 * 1024 * 1024;
// Behind the last packet there may be a part of the next one, or an index; of a transport stream,
// whose packets are small, not even that.
constexpr std::int64_t kMostTrailingBytes = 2 * 1024 * 1024;
constexpr std::int64_t kMostTrailingStrayBytes = 64 * 1024;

}  // namespace

SourceIo::SourceIo(std::unique_ptr<ByteSource> source, Options options)
    : source_(std::move(source)), chunk_(kChunkBytes), site_(Stage::kSource, options.url) {
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kChunkBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, kChunkBytes, 0, this, onRead, nullptr, nullptr));
  if (!io_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  io_->seekable = 0;
  if (options.markAccessUnits) boundary_.emplace();
  if (!options.head.empty()) {
    firstByteAt_ = lastReadAt_ = Clock::now();
    bytesRead_ = static_cast<std::int64_t>(options.head.size());
    if (boundary_)
      boundary_->push(options.head, ready_);
    else
      ready_ = std::move(options.head);
  }
}

bool SourceIo::drained() const {
  return readyFrom_ >= ready_.size() && io_->buf_ptr >= io_->buf_end && source_->drained();
}

int SourceIo::onRead(void* self, std::uint8_t* into, int size) {
  return static_cast<SourceIo*>(self)->read({into, static_cast<std::size_t>(size)});
}

int SourceIo::read(std::span<std::uint8_t> into) {
  if (error_) return error_->code == ErrorCode::kCancelled ? AVERROR_EXIT : AVERROR(EIO);
  while (readyFrom_ >= ready_.size())
    if (!fill()) {
      if (!error_) return AVERROR_EOF;
      return error_->code == ErrorCode::kCancelled ? AVERROR_EXIT : AVERROR(EIO);
    }
  const std::size_t count = std::min(into.size(), ready_.size() - readyFrom_);
  std::memcpy(into.data(), ready_.data() + readyFrom_, count);
  readyFrom_ += count;
  return static_cast<int>(count);
}

bool SourceIo::fill() {
  Result<std::size_t> count = source_->read(chunk_);
  if (!count) {
    error_ = count.error();
    return false;
  }
  if (*count == 0) return flush();
  if (isGarbage()) {
    error_ = site_.error(ErrorCode::kFormatInvalid,
                         "The source goes on, but nothing of it can be read any more.");
    return false;
  }
  lastReadAt_ = Clock::now();
  if (bytesRead_ == 0) firstByteAt_ = lastReadAt_;
  bytesRead_ += static_cast<std::int64_t>(*count);
  ready_.clear();
  readyFrom_ = 0;
  const std::span<const std::uint8_t> arrived(chunk_.data(), *count);
  if (boundary_)
    boundary_->push(arrived, ready_);
  else
    ready_.assign(arrived.begin(), arrived.end());
  return true;
}

// What the filter held back when the source ended. False: nothing.
bool SourceIo::flush() {
  ready_.clear();
  readyFrom_ = 0;
  ended_ = true;
  if (boundary_ && !boundary_->flush(ready_)) endedInPacket_ = true;
  return !ready_.empty();
}

void SourceIo::noteMedia() {
  bytesAtMedia_ = bytesRead_;
  positionAtMedia_ = avio_tell(io_.get());
}

bool SourceIo::isGarbage() const {
  return bytesRead_ - bytesAtMedia_ > kMostBytesWithoutMedia ||
         (boundary_ && boundary_->strayBytes() > kMostStrayBytes);
}

bool SourceIo::endedInGarbage() const {
  if (!ended_) return false;
  if (boundary_) return boundary_->strayBytes() > kMostTrailingStrayBytes;
  return avio_tell(io_.get()) - positionAtMedia_ > kMostTrailingBytes;
}

}  // namespace millrace
