#include "media/input/playlist_io.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string_view>
#include <utility>

#include "media/input/decrypting_source.h"
#include "media/net/http_connections.h"
#include "media/net/open.h"

namespace millrace {
namespace {

constexpr int kBufferBytes = 64 * 1024;

std::int64_t numberOption(AVDictionary* options, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(options, key, nullptr, 0);
  return entry != nullptr ? std::strtoll(entry->value, nullptr, 10) : 0;
}

std::string textOption(AVDictionary* options, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(options, key, nullptr, 0);
  return entry != nullptr ? entry->value : "";
}

}  // namespace

/// One segment, playlist or key being read.
struct PlaylistIo::Opened {
  PlaylistIo* owner;
  std::unique_ptr<ByteSource> source;
  IoContextPtr io;
  PlaylistTags tags;
};

PlaylistIo::PlaylistIo(std::string url, InputOptions parent, AddressPolicy policy,
                       std::stop_token stop)
    : url_(std::move(url)),
      parent_(std::move(parent)),
      policy_(std::move(policy)),
      stop_(std::move(stop)),
      connections_(std::make_shared<HttpConnections>(stop_)) {}

PlaylistIo::~PlaylistIo() = default;

void PlaylistIo::attach(AVFormatContext& context) {
  context.opaque = this;
  context.io_open = onOpen;
  context.io_close2 = onClose;
  context.flags |= AVFMT_FLAG_CUSTOM_IO;
}

int PlaylistIo::onOpen(AVFormatContext* context, AVIOContext** io, const char* url, int flags,
                       AVDictionary** options) {
  auto& self = *static_cast<PlaylistIo*>(context->opaque);
  if ((flags & AVIO_FLAG_WRITE) != 0) return AVERROR(EPERM);
  // libavformat does not ask between two looks at a playlist that claims to change all the time.
  const AVIOInterruptCB& interrupt = context->interrupt_callback;
  if (interrupt.callback != nullptr && interrupt.callback(interrupt.opaque) != 0)
    return AVERROR_EXIT;
  Result<std::unique_ptr<ByteSource>> source =
      self.open(url, options != nullptr ? *options : nullptr);
  if (!source) {
    self.note(source.error());
    return self.refusal_ ? AVERROR_EXIT : AVERROR(EIO);
  }
  auto opened = std::make_unique<Opened>(Opened{&self, std::move(*source), nullptr, {}});
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) return AVERROR(ENOMEM);
  opened->io.reset(
      avio_alloc_context(buffer, kBufferBytes, 0, opened.get(), onRead, nullptr, nullptr));
  if (!opened->io) {
    av_free(buffer);
    return AVERROR(ENOMEM);
  }
  opened->io->seekable = 0;
  *io = opened->io.get();
  self.opened_.push_back(std::move(opened));
  return 0;
}

int PlaylistIo::onClose(AVFormatContext* context, AVIOContext* io) {
  auto& self = *static_cast<PlaylistIo*>(context->opaque);
  std::erase_if(self.opened_, [io](const auto& opened) { return opened->io.get() == io; });
  return 0;
}

int PlaylistIo::onRead(void* opaque, std::uint8_t* into, int size) {
  auto& opened = *static_cast<Opened*>(opaque);
  Result<std::size_t> count = opened.source->read({into, static_cast<std::size_t>(size)});
  if (!count) {
    opened.owner->note(count.error());
    return count.error().code == ErrorCode::kCancelled ? AVERROR_EXIT : AVERROR(EIO);
  }
  if (*count == 0) return AVERROR_EOF;
  PlaylistIo& owner = *opened.owner;
  owner.bytesRead_ += static_cast<std::int64_t>(*count);
  opened.tags.read({into, *count});
  if (opened.tags.isPlaylist()) {
    owner.learn(opened.tags);
  } else {
    owner.lastMediaAt_ = std::chrono::steady_clock::now();
    owner.lastError_.reset();
  }
  return static_cast<int>(*count);
}

void PlaylistIo::learn(std::span<const std::uint8_t> playlist) {
  PlaylistTags tags;
  tags.read(playlist);
  learn(tags);
}

void PlaylistIo::learn(const PlaylistTags& tags) {
  ended_ = ended_ || tags.ended();
  targetDuration_ = std::max(targetDuration_, tags.targetDuration());
}

bool PlaylistIo::stalled(std::chrono::steady_clock::time_point since) const {
  const auto waited = std::chrono::steady_clock::now() - std::max(since, lastMediaAt_);
  return waited >= parent_.stallTimeout && waited - parent_.stallTimeout >= targetDuration_;
}

Result<std::unique_ptr<ByteSource>> PlaylistIo::open(const char* url, AVDictionary* options) {
  std::string_view address(url);
  constexpr std::string_view kEncrypted = "crypto+";
  const bool encrypted = address.starts_with(kEncrypted) || address.starts_with("crypto:");
  if (encrypted) address.remove_prefix(kEncrypted.size());
  const std::int64_t offset = std::max<std::int64_t>(0, numberOption(options, "offset"));
  const std::int64_t end = numberOption(options, "end_offset");
  std::optional<ByteRange> range;
  if (offset > 0 || end > offset) {
    range.emplace();
    range->offset = static_cast<std::uint64_t>(offset);
    if (end > offset) range->length = static_cast<std::uint64_t>(end - offset);
  }
  Result<std::unique_ptr<ByteSource>> source =
      openNested(std::string(address), url_, parent_, policy_, stop_, range, connections_);
  if (!source || !encrypted) return source;
  return DecryptingSource::make(std::move(*source), textOption(options, "key"),
                                textOption(options, "iv"));
}

void PlaylistIo::note(const Error& error) {
  lastError_ = error;
  if (error.code == ErrorCode::kSchemeDenied || error.code == ErrorCode::kAddressDenied)
    refusal_ = error;
}

}  // namespace millrace
