#include "media/input/demuxer.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <utility>

#include "media/file_url.h"
#include "media/input/container_probe.h"
#include "media/log_scope.h"
#include "media/net/deadline.h"
#include "media/net/failure_site.h"
#include "media/net/open.h"
#include "media/net/tls_diagnosis.h"
#include "media/url.h"
#include "media/url_redaction.h"

namespace millrace {
namespace {

// Past this many bytes without a known container there is no use in waiting.
constexpr std::size_t kProbeLimit = 256 * 1024;
constexpr int kLargestAccessUnit = 8 * 1024 * 1024;
/// No protocol's name.
constexpr const char* kNoRedirects = "no-redirects";
/// Of what libavformat counts in an int.
constexpr const char* kNoLimit = "2147483647";
/// A damaged piece costs itself; so many of them with nothing between them are no media any more.
constexpr int kMostUnreadable = 100;

Error formatError(const std::string& url, std::string message) {
  Error error;
  error.code = ErrorCode::kFormatInvalid;
  error.stage = Stage::kSource;
  error.message = std::move(message);
  error.url = redactUrl(url);
  return error;
}

bool isLocal(const std::string& url) {
  const std::string scheme = schemeOf(url);
  return scheme.empty() || scheme == "file";
}

}  // namespace

Result<std::unique_ptr<PacketSource>> Demuxer::open(const InputOptions& options,
                                                    const AddressPolicy& policy,
                                                    std::stop_token stop) {
  std::unique_ptr<Demuxer> demuxer(new Demuxer(options, policy, std::move(stop)));
  const std::string scheme = schemeOf(options.url);
  const bool rtsp = !options.openStream && (scheme == "rtsp" || scheme == "rtsps");
  if (Result<void> opened = rtsp ? demuxer->openRtsp() : demuxer->openBytes(); !opened)
    return opened.error();
  demuxer->chooseTracks();
  return std::unique_ptr<PacketSource>(std::move(demuxer));
}

Demuxer::Demuxer(const InputOptions& options, const AddressPolicy& policy, std::stop_token stop)
    : options_(options), policy_(policy), stop_(std::move(stop)) {}

Demuxer::~Demuxer() = default;

Result<void> Demuxer::openBytes() {
  Result<std::unique_ptr<ByteSource>> source = openByteSource(options_, policy_, stop_);
  if (!source) return source.error();

  std::string demuxer = demuxerFor(options_.format);
  std::vector<std::uint8_t> head;
  while (demuxer.empty()) {
    const std::size_t had = head.size();
    head.resize(had + 64 * 1024);
    Result<std::size_t> count = (*source)->read(std::span(head).subspan(had));
    head.resize(had + (count ? *count : 0));
    if (!count) return count.error();
    openedAt_ = openedAt_ == Clock::time_point{} ? Clock::now() : openedAt_;
    demuxer = probeContainer(head);
    if (demuxer.empty() && (*count == 0 || head.size() > kProbeLimit)) demuxer = "?";
    if (head.empty() && *count == 0) {
      Error error = formatError(options_.url, "The source ended before its first byte.");
      error.code = ErrorCode::kNoMedia;
      return error;
    }
  }
  if (demuxer == "?")
    return formatError(
        options_.url,
        "The source is none of MPEG-TS, FLV, MP4, Matroska or HLS. If it is, name its "
        "format.");
  if (demuxer == "hls") {
    const std::string url = identityOf(**source, options_).url;
    return openPlaylist(std::move(*source), std::move(head), url);
  }
  // An MP4 that is not fragmented, or a Matroska file with its index at the end, needs seeking.
  if (!options_.openStream && isLocal(options_.url) && demuxer != "mpegts")
    return openFile(demuxer);

  const bool transportStream = demuxer == "mpegts";
  wholeFrames_ = !transportStream;
  io_ = std::make_unique<SourceIo>(
      std::move(*source), SourceIo::Options{std::move(head), transportStream, options_.url});
  format_.reset(avformat_alloc_context());
  format_->pb = io_->context();
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN;
  Dictionary options;
  // libavformat would cut larger access units in two.
  if (transportStream) options.set("max_packet_size", std::to_string(kLargestAccessUnit));
  return openFormat(demuxer, options_.openStream ? std::string() : options_.url, options.address());
}

Result<void> Demuxer::openFile(const std::string& demuxer) {
  format_.reset(avformat_alloc_context());
  format_->flags |= AVFMT_FLAG_NOFILLIN;
  Dictionary options;
  options.set("protocol_whitelist", "file");
  return openFormat(demuxer, "file:" + filePath(options_.url).value_or(""), options.address());
}

Result<void> Demuxer::openPlaylist(std::unique_ptr<ByteSource> playlist,
                                   std::vector<std::uint8_t> head, const std::string& url) {
  playlist_ = std::make_unique<PlaylistIo>(url, options_, policy_, stop_);
  playlist_->learn(head);
  io_ = std::make_unique<SourceIo>(std::move(playlist),
                                   SourceIo::Options{std::move(head), false, url});
  format_.reset(avformat_alloc_context());
  format_->pb = io_->context();
  playlist_->attach(*format_);
  Dictionary options;
  // Each playlist and segment goes through PlaylistIo, one request at a time. What may be fetched
  // is the address policy's to say, not a file name's.
  options.set("http_persistent", "0");
  options.set("http_multiple", "0");
  options.set("http_seekable", "0");
  options.set("allowed_extensions", "ALL");
  options.set("allowed_segment_extensions", "ALL");
  options.set("extension_picky", "0");
  options.set("live_start_index", "-1");
  // How long to wait for the next segment is `PlaylistIo::stalled`'s to say.
  options.set("max_reload", kNoLimit);
  options.set("m3u8_hold_counters", kNoLimit);
  if (Result<void> opened = openFormat("hls", url, options.address()); !opened) return opened;
  chooseVariant();
  return {};
}

Result<void> Demuxer::openRtsp() {
  const SteadyTime deadline = deadlineAfter(options_.connectTimeout);
  const auto targets = rtspTargets(options_, policy_, stop_, deadline);
  if (!targets) return targets.error();
  Result<void> opened;
  for (std::size_t i = 0; i < targets->size(); ++i) {
    // An address that does not answer must leave time for those behind it.
    const auto share = remainingUntil(deadline) / static_cast<int>(targets->size() - i);
    deadline_ = deadlineAfter(share);
    opened = openRtspAt((*targets)[i]);
    if (opened) return opened;
    // Only a failure to reach this address is a reason to try the next.
    const ErrorCode code = opened.error().code;
    if (code != ErrorCode::kConnectionRefused && code != ErrorCode::kTimedOut) break;
  }
  return opened;
}

Result<void> Demuxer::openRtspAt(const RtspTarget& target) {
  format_.reset(avformat_alloc_context());
  format_->flags |= AVFMT_FLAG_NOBUFFER;
  connecting_ = format_.get();
  Dictionary options;
  for (const auto& [key, value] : target.connection.options) options.set(key.c_str(), value);
  const int code = openContext("rtsp", target.connection.url, options.address());
  connecting_ = nullptr;
  if (code < 0) return rtspError(code, target);
  return {};
}

Result<void> Demuxer::openFormat(const std::string& demuxer, const std::string& url,
                                 AVDictionary** libavOptions) {
  const int code = openContext(demuxer, url, libavOptions);
  if (code < 0) return openError(code);
  return {};
}

int Demuxer::openContext(const std::string& demuxer, const std::string& url,
                         AVDictionary** libavOptions) {
  const AVInputFormat* input = av_find_input_format(demuxer.c_str());
  if (input == nullptr) return AVERROR_DEMUXER_NOT_FOUND;
  format_->interrupt_callback = {onInterrupt, this};
  format_->max_analyze_duration = 0;
  readSince_ = Clock::now();
  openedAt_ = openedAt_ == Clock::time_point{} ? readSince_ : openedAt_;
  AVFormatContext* context = format_.release();
  const int code = avformat_open_input(&context, url.c_str(), input, libavOptions);
  // On failure libavformat has freed the context.
  format_.reset(code < 0 ? nullptr : context);
  return code;
}

std::string Demuxer::container() const {
  const std::string names = format_->iformat->name;
  const std::string first = names.substr(0, names.find(','));
  return first == "mov" ? "mp4" : first;
}

bool Demuxer::drained() const {
  if (playlist_ || !io_) return true;
  return ready_.empty() && io_->drained();
}

std::int64_t Demuxer::bytesRead() const {
  if (playlist_) return playlist_->bytesRead();
  return io_ ? io_->bytesRead() : packetBytes_;
}

Clock::time_point Demuxer::firstByteAt() const {
  return io_ && io_->bytesRead() > 0 ? io_->firstByteAt() : openedAt_;
}

void Demuxer::chooseTracks() {
  if (streamsSeen_ == format_->nb_streams) return;
  streamsSeen_ = format_->nb_streams;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVStream& stream = *format_->streams[i];
    if (stream.discard == AVDISCARD_ALL) continue;
    const AVMediaType type = stream.codecpar->codec_type;
    const bool picture = (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (type == AVMEDIA_TYPE_VIDEO && !picture && !video_) video_.emplace(stream, wholeFrames_);
    if (type == AVMEDIA_TYPE_AUDIO && !audio_) audio_.emplace(stream, wholeFrames_);
  }
}

// A playlist of variants: the best one is the source, and the others are not fetched.
void Demuxer::chooseVariant() {
  const AVProgram* best = nullptr;
  long long bestBitrate = -1;
  for (unsigned i = 0; i < format_->nb_programs; ++i) {
    const AVProgram* program = format_->programs[i];
    const AVDictionaryEntry* entry = av_dict_get(program->metadata, "variant_bitrate", nullptr, 0);
    const long long bitrate = entry != nullptr ? std::strtoll(entry->value, nullptr, 10) : 0;
    if (bitrate > bestBitrate) {
      best = program;
      bestBitrate = bitrate;
    }
  }
  if (best == nullptr || format_->nb_programs < 2) return;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const std::span indexes(best->stream_index, best->nb_stream_indexes);
    const bool wanted = std::find(indexes.begin(), indexes.end(), i) != indexes.end();
    format_->streams[i]->discard = wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

Result<std::optional<SourcePacket>> Demuxer::read() {
  while (ready_.empty()) {
    if (ended_) return std::optional<SourcePacket>();
    PacketPtr packet = makePacket();
    readSince_ = Clock::now();
    deadline_ = deadlineAfter(options_.stallTimeout);
    const int code = av_read_frame(format_.get(), packet.get());
    if (code == AVERROR(EAGAIN)) continue;
    if (code < 0) {
      const bool unreadable = code == AVERROR_INVALIDDATA;
      if (unreadable && !hasFailed() && ++unreadableInARow_ < kMostUnreadable && !sourceEnded())
        continue;
      if ((code != AVERROR_EOF && !unreadable) || hasFailed() || endsInGarbage())
        return readError(code);
      if (unreadable && !sourceEnded()) return readError(code);
      if (unreadable || (io_ && io_->endedInPacket())) truncated_ = true;
      ended_ = true;
      cut_.clear();
      if (video_)
        video_->accept(*format_->streams[video_->streamIndex()], nullptr, Clock::now(), cut_);
      if (audio_)
        audio_->accept(*format_->streams[audio_->streamIndex()], nullptr, Clock::now(), cut_);
    } else {
      packetBytes_ += packet->size;
      unreadableInARow_ = 0;
      if (io_) io_->noteMedia();
      // libavformat hands out what there is of a packet that is not all there.
      if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && sourceEnded()) truncated_ = true;
      chooseTracks();
      const Clock::time_point arrived = io_ && !playlist_ ? io_->lastReadAt() : Clock::now();
      const int index = packet->stream_index;
      const AVStream& stream = *format_->streams[index];
      cut_.clear();
      if (packet->size > 0 && video_ && video_->streamIndex() == index)
        video_->accept(stream, std::move(packet), arrived, cut_);
      else if (packet->size > 0 && audio_ && audio_->streamIndex() == index)
        audio_->accept(stream, std::move(packet), arrived, cut_);
    }
    std::move(cut_.begin(), cut_.end(), std::back_inserter(ready_));
  }
  SourcePacket next = std::move(ready_.front());
  ready_.pop_front();
  return std::optional<SourcePacket>(std::move(next));
}

// libavformat takes some failures for the end.
bool Demuxer::hasFailed() const {
  if (!playlist_) return io_ && io_->error();
  return io_->error() || playlist_->refusal() || stalled_ ||
         (playlist_->live() && playlist_->lastError());
}

bool Demuxer::sourceEnded() const {
  if (playlist_) return false;
  return io_ ? io_->ended() : format_->pb != nullptr && avio_feof(format_->pb) != 0;
}

bool Demuxer::endsInGarbage() const { return io_ && !playlist_ && io_->endedInGarbage(); }

Error Demuxer::readError(int code) const {
  if (playlist_ && playlist_->refusal()) return *playlist_->refusal();
  if (io_ && io_->error()) return *io_->error();
  if (stop_.stop_requested())
    return Error{.code = ErrorCode::kCancelled,
                 .stage = Stage::kSource,
                 .message = "The job was cancelled.",
                 .url = redactUrl(options_.url)};
  if (playlist_ && playlist_->lastError()) return *playlist_->lastError();
  if (stalled_)
    return FailureSite(Stage::kSource, options_.url)
        .error(ErrorCode::kStalled, "The playlist has had no new segment for too long.");
  ErrorCode reason = ErrorCode::kFormatInvalid;
  std::string message = "The source cannot be read any further.";
  if (Clock::now() >= deadline_) {
    reason = ErrorCode::kStalled;
    message = "The source stopped sending.";
  } else if (!io_ && !isLocal(options_.url) &&
             (code == AVERROR(ECONNRESET) || code == AVERROR(EPIPE) || code == AVERROR(EIO))) {
    reason = ErrorCode::kConnectionReset;
    message = "The source broke the connection off.";
  }
  Error error = libavError(reason, Stage::kSource, std::move(message), code);
  error.url = redactUrl(options_.url);
  return error;
}

Error Demuxer::openError(int code) const {
  if (playlist_ && playlist_->refusal()) return *playlist_->refusal();
  if (io_ && io_->error()) return *io_->error();
  if (stop_.stop_requested() || stalled_ || (playlist_ && playlist_->lastError()))
    return readError(code);
  const bool network = !io_ && !isLocal(options_.url);
  ErrorCode reason = ErrorCode::kFormatInvalid;
  if ((network && Clock::now() >= deadline_) || code == AVERROR(ETIMEDOUT))
    reason = ErrorCode::kTimedOut;
  if (code == AVERROR(ECONNREFUSED) || code == AVERROR(EHOSTUNREACH) ||
      code == AVERROR(ENETUNREACH))
    reason = ErrorCode::kConnectionRefused;
  if (code == AVERROR(ECONNRESET)) reason = ErrorCode::kConnectionReset;
  if (code == AVERROR_HTTP_UNAUTHORIZED || code == AVERROR_HTTP_FORBIDDEN)
    reason = ErrorCode::kUnauthorized;
  if (code == AVERROR_HTTP_NOT_FOUND || code == AVERROR(ENOENT)) reason = ErrorCode::kNotFound;
  Error error = libavError(
      reason, Stage::kSource,
      network ? "The source cannot be opened." : "The source is not a valid stream of its format.",
      code);
  error.url = redactUrl(options_.url);
  return error;
}

Error Demuxer::rtspError(int code, const RtspTarget& target) const {
  if (code == AVERROR(EINVAL)) {
    // What is left of a redirect: see onInterrupt.
    const std::string logged = LogScope::takeLastError();
    if (logged.find(kNoRedirects) != std::string::npos) {
      const FailureSite site(Stage::kSource, options_.url);
      return site.error(ErrorCode::kProtocol,
                        "The RTSP server redirects to another one, which Millrace does not follow: "
                        "name the other one outright.");
    }
    Error error = openError(code);
    if (!logged.empty()) error.cause += ": " + logged;
    return error;
  }
  const auto url = parseUrl(options_.url);
  if (code == AVERROR(EIO) && url && url->scheme == "rtsps" && Clock::now() < deadline_) {
    // libavformat returns the same for a certificate it does not trust as for a closed connection.
    const TlsDiagnosisOptions options{Stage::kSource, *url, target.ip, options_.tls};
    if (auto tls = diagnoseTls(options, stop_, deadline_)) return *std::move(tls);
  }
  return openError(code);
}

int Demuxer::onInterrupt(void* self) {
  auto& demuxer = *static_cast<Demuxer*>(self);
  // libavformat's RTSP client follows redirects by itself, past the address policy. Every
  // connection is checked against this list before it is made, and this is called after that.
  if (AVFormatContext* context = std::exchange(demuxer.connecting_, nullptr)) {
    av_freep(&context->protocol_whitelist);
    context->protocol_whitelist = av_strdup(kNoRedirects);
  }
  const bool refused = demuxer.playlist_ && demuxer.playlist_->refusal();
  // Byte sources keep their own deadlines.
  const bool late = !demuxer.io_ && Clock::now() >= demuxer.deadline_;
  if (demuxer.playlist_ && demuxer.playlist_->stalled(demuxer.readSince_)) demuxer.stalled_ = true;
  return demuxer.stop_.stop_requested() || refused || late || demuxer.stalled_ ? 1 : 0;
}

}  // namespace millrace
