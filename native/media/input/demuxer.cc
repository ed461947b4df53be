#include "media/input/demuxer.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <utility>

#include "media/file_url.h"
#include "media/input/container_probe.h"
#include "media/net/open.h"
#include "media/url.h"
#include "media/url_redaction.h"

namespace millrace {
namespace {

// Past this many bytes without a known container there is no use in waiting.
constexpr std::size_t kProbeLimit = 256 * 1024;
constexpr int kLargestAccessUnit = 8 * 1024 * 1024;

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
  io_ = std::make_unique<SourceIo>(std::move(*source),
                                   SourceIo::Options{std::move(head), transportStream});
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
  io_ = std::make_unique<SourceIo>(std::move(playlist), SourceIo::Options{std::move(head), false});
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
  if (Result<void> opened = openFormat("hls", url, options.address()); !opened) return opened;
  chooseVariant();
  return {};
}

Result<void> Demuxer::openRtsp() {
  Result<std::string> address = pinnedUrl(options_, policy_, stop_);
  if (!address) return address.error();
  format_.reset(avformat_alloc_context());
  format_->flags |= AVFMT_FLAG_NOBUFFER;
  deadline_ = Clock::now() + options_.connectTimeout;
  Dictionary options;
  // Over TCP no firewall drops the media and no packet is lost on the way.
  options.set("rtsp_transport", "tcp");
  options.set("reorder_queue_size", "0");
  return openFormat("rtsp", *address, options.address());
}

Result<void> Demuxer::openFormat(const std::string& demuxer, const std::string& url,
                                 AVDictionary** libavOptions) {
  const AVInputFormat* input = av_find_input_format(demuxer.c_str());
  if (input == nullptr)
    return formatError(options_.url, "This build of Millrace cannot read " + demuxer + ".");
  format_->interrupt_callback = {onInterrupt, this};
  format_->max_analyze_duration = 0;
  openedAt_ = openedAt_ == Clock::time_point{} ? Clock::now() : openedAt_;
  AVFormatContext* context = format_.release();
  const int code = avformat_open_input(&context, url.c_str(), input, libavOptions);
  // On failure libavformat has freed the context.
  format_.reset(code < 0 ? nullptr : context);
  if (code < 0) return openError(code);
  return {};
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
    deadline_ = Clock::now() + options_.stallTimeout;
    const int code = av_read_frame(format_.get(), packet.get());
    if (code == AVERROR(EAGAIN)) continue;
    if (code < 0) {
      const bool failed = (io_ && io_->error()) || (playlist_ && playlist_->refusal());
      if ((code != AVERROR_EOF || failed) && code != AVERROR_INVALIDDATA) return readError(code);
      if (failed) return readError(code);
      ended_ = true;
      cut_.clear();
      if (video_)
        video_->accept(*format_->streams[video_->streamIndex()], nullptr, Clock::now(), cut_);
      if (audio_)
        audio_->accept(*format_->streams[audio_->streamIndex()], nullptr, Clock::now(), cut_);
    } else {
      packetBytes_ += packet->size;
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

Error Demuxer::readError(int code) const {
  if (playlist_ && playlist_->refusal()) return *playlist_->refusal();
  if (io_ && io_->error()) return *io_->error();
  if (stop_.stop_requested())
    return Error{.code = ErrorCode::kCancelled,
                 .stage = Stage::kSource,
                 .message = "The job was cancelled.",
                 .url = redactUrl(options_.url)};
  if (playlist_ && playlist_->lastError()) return *playlist_->lastError();
  Error error =
      Clock::now() >= deadline_
          ? libavError(ErrorCode::kStalled, Stage::kSource, "The source stopped sending.", code)
          : libavError(ErrorCode::kFormatInvalid, Stage::kSource,
                       "The source cannot be read any further.", code);
  error.url = redactUrl(options_.url);
  return error;
}

Error Demuxer::openError(int code) const {
  if (playlist_ && playlist_->refusal()) return *playlist_->refusal();
  if (io_ && io_->error()) return *io_->error();
  if (stop_.stop_requested() || (playlist_ && playlist_->lastError())) return readError(code);
  const bool network = !io_ && !isLocal(options_.url);
  ErrorCode reason = ErrorCode::kFormatInvalid;
  if (network && Clock::now() >= deadline_) reason = ErrorCode::kTimedOut;
  if (code == AVERROR(ECONNREFUSED)) reason = ErrorCode::kConnectionRefused;
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

int Demuxer::onInterrupt(void* self) {
  const auto& demuxer = *static_cast<const Demuxer*>(self);
  const bool refused = demuxer.playlist_ && demuxer.playlist_->refusal();
  // Byte sources and playlists keep their own deadlines.
  const bool late = !demuxer.io_ && Clock::now() >= demuxer.deadline_;
  return demuxer.stop_.stop_requested() || refused || late ? 1 : 0;
}

}  // namespace millrace
