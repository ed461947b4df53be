#include "media/output/muxer.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "media/av1_ts.h"

namespace millrace {
namespace {

// Larger than all but the largest keyframes, so that an access unit leaves in one write.
constexpr int kBufferBytes = 512 * 1024;
// "FLV", version, flags, header size and the first back pointer.
constexpr std::size_t kFlvHeaderBytes = 13;

void setOptions(Container container, bool continued, Dictionary& options) {
  switch (container) {
    case Container::kMpegTs:
      // A stated PES length lets the receiver's demuxer end the access unit at once; tables often
      // enough for a player that joins late.
      options.set("omit_video_pes_length", "0");
      options.set("pes_payload_size", "0");
      options.set("pat_period", "0.1");
      options.set("mpegts_copyts", "1");
      options.set("mpegts_flags",
                  continued ? "resend_headers+initial_discontinuity" : "resend_headers");
      break;
    case Container::kFlv:
      options.set("flvflags", "no_duration_filesize");
      break;
    case Container::kFragmentedMp4:
      // Fragments are cut by us, behind every packet.
      options.set("movflags", "empty_moov+default_base_moof+frag_custom+frag_discont");
      options.set("use_editlist", "0");
      break;
  }
}

}  // namespace

bool Muxer::carries(Container container, const AVCodecParameters& audio) {
  const bool described = audio.sample_rate > 0 && audio.ch_layout.nb_channels > 0;
  switch (audio.codec_id) {
    case AV_CODEC_ID_AAC:
      return audio.extradata_size > 0 && described;
    case AV_CODEC_ID_MP3:
      if (container == Container::kFlv)
        return audio.sample_rate == 44'100 || audio.sample_rate == 22'050 ||
               audio.sample_rate == 11'025;
      return described;
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
      return container != Container::kFlv && described;
    case AV_CODEC_ID_OPUS:
      return carriesOpus(container) && described && audio.extradata_size > 0;
    case AV_CODEC_ID_MP2:
      return container == Container::kMpegTs && described;
    default:
      return false;
  }
}

// Enhanced RTMP has it, libavformat's FLV muxer not yet.
bool Muxer::carriesOpus(Container container) { return container != Container::kFlv; }

// A transport stream describes AV1 in its program map.
bool Muxer::wantsGlobalHeader(Container container, VideoCodec codec) {
  return container != Container::kMpegTs || codec == VideoCodec::kAv1;
}

std::string_view Muxer::formatName(Container container) {
  switch (container) {
    case Container::kMpegTs:
      return "mpegts";
    case Container::kFlv:
      return "flv";
    case Container::kFragmentedMp4:
      return "mp4";
  }
  return "";
}

Result<std::unique_ptr<Muxer>> Muxer::open(Container container, const OutputTracks& tracks,
                                           ByteSink& sink, bool continued) {
  std::unique_ptr<Muxer> muxer(new Muxer(container, sink, continued));
  if (Result<void> opened = muxer->openFormat(tracks); !opened) return opened.error();
  return muxer;
}

Muxer::Muxer(Container container, ByteSink& sink, bool continued)
    : container_(container),
      sink_(sink),
      continued_(continued),
      skip_(continued && container == Container::kFlv ? kFlvHeaderBytes : 0) {}

Muxer::~Muxer() {
  // What an unfinished container still holds must not be written from here.
  if (format_) format_->pb = nullptr;
}

Result<void> Muxer::openFormat(const OutputTracks& tracks) {
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, onWrite, nullptr));
  if (!io_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  io_->seekable = 0;
  AVFormatContext* context = nullptr;
  if (avformat_alloc_output_context2(&context, nullptr, std::string(formatName(container_)).c_str(),
                                     nullptr) < 0)
    throw std::bad_alloc();
  format_.reset(context);
  format_->pb = io_.get();
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  format_->max_delay = 0;
  format_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  format_->flush_packets = 0;
  if (tracks.video) videoIndex_ = addTrack(*tracks.video);
  if (tracks.audio) audioIndex_ = addTrack(*tracks.audio);
  Dictionary options;
  setOptions(container_, continued_, options);
  if (Result<void> header = check(avformat_write_header(format_.get(), options.address()),
                                  "The container cannot be started.");
      !header)
    return header;
  headerWritten_ = true;
  avio_flush(io_.get());
  return check(0, "");
}

int Muxer::addTrack(const AVCodecParameters& parameters) {
  AVStream* stream = avformat_new_stream(format_.get(), nullptr);
  if (stream == nullptr || avcodec_parameters_copy(stream->codecpar, &parameters) < 0)
    throw std::bad_alloc();
  // Apple's players take HEVC by this name alone, which promises that the header has everything.
  const bool complete = container_ == Container::kFragmentedMp4 && !continued_;
  stream->codecpar->codec_tag =
      complete && parameters.codec_id == AV_CODEC_ID_HEVC ? MKTAG('h', 'v', 'c', '1') : 0;
  stream->time_base = AVRational{1, 90'000};
  if (container_ == Container::kFragmentedMp4 && parameters.codec_type == AVMEDIA_TYPE_AUDIO &&
      parameters.sample_rate > 0)
    stream->time_base = AVRational{1, parameters.sample_rate};
  return stream->index;
}

Result<void> Muxer::writeVideo(AVPacket& packet) {
  // Many readers know only the first header of a fragmented MP4.
  if (container_ == Container::kFragmentedMp4 && continued_ && (packet.flags & AV_PKT_FLAG_KEY))
    repeatParameterSets(packet);
  if (container_ == Container::kMpegTs &&
      format_->streams[videoIndex_]->codecpar->codec_id == AV_CODEC_ID_AV1)
    replaceBytes(packet, toTsObus({packet.data, static_cast<std::size_t>(packet.size)}));
  return write(packet, videoIndex_);
}

void Muxer::repeatParameterSets(AVPacket& packet) const {
  const AVCodecParameters& parameters = *format_->streams[videoIndex_]->codecpar;
  // An AV1 keyframe brings its sequence header along.
  if (parameters.codec_id == AV_CODEC_ID_AV1) return;
  std::vector<std::uint8_t> complete(parameters.extradata,
                                     parameters.extradata + parameters.extradata_size);
  complete.insert(complete.end(), packet.data, packet.data + packet.size);
  replaceBytes(packet, complete);
}

Result<void> Muxer::write(AVPacket& packet, int index) {
  AVStream* stream = format_->streams[index];
  av_packet_rescale_ts(&packet, kMicroseconds, stream->time_base);
  packet.stream_index = index;
  packet.pos = -1;
  // No container counts below zero. Sound from there is an encoder's run-in, which an edit list
  // kept from being heard.
  skipped_ = index == audioIndex_ && packet.pts < 0;
  if (skipped_) return {};
  packet.dts = std::max<std::int64_t>(packet.dts, 0);
  // FLV takes nothing from before its first packet. A source whose sound lags behind its pictures
  // has a little of it there when a job starts in its middle.
  if (container_ == Container::kFlv) {
    if (firstDts_ == AV_NOPTS_VALUE) firstDts_ = packet.dts;
    skipped_ = packet.dts < firstDts_;
    if (skipped_) return {};
  }
  // Rounding to the container's clock may make two neighbours meet. They end up two ticks apart, so
  // that `endFragmentsExactly` has room between them.
  Progress& progress = progress_[index];
  if (progress.lastDts != AV_NOPTS_VALUE) packet.dts = std::max(packet.dts, progress.lastDts + 2);
  packet.pts = std::max(packet.pts, packet.dts);
  if (container_ == Container::kFragmentedMp4) endFragmentsExactly(packet, index);
  progress.lastDts = packet.dts;
  progress.lastEnd = packet.dts + packet.duration;
  if (Result<void> written =
          check(av_write_frame(format_.get(), &packet), "A packet does not fit the container.");
      !written)
    return written;
  if (container_ == Container::kFragmentedMp4)
    if (Result<void> flushed =
            check(av_write_frame(format_.get(), nullptr), "A fragment cannot be written.");
        !flushed)
      return flushed;
  avio_flush(io_.get());
  return check(0, "");
}

// A fragment is written before the next packet is known, so its last duration is an estimate.
// libavformat counts on from it: each fragment is therefore declared discontinuous, and starts at
// its own time. It still refuses a packet that starts before the estimate has passed, unless the
// track was declared so by a packet before, which may be an empty one.
void Muxer::endFragmentsExactly(AVPacket& packet, int index) {
  Progress& progress = progress_[index];
  if (progress.lastDts != AV_NOPTS_VALUE)
    progress.shortestStep = std::min(progress.shortestStep, packet.dts - progress.lastDts);
  packet.duration = std::max<std::int64_t>(
      1, std::clamp(progress.shortestStep, packet.duration / 2, packet.duration));
  av_opt_set(format_->priv_data, "movflags", "+frag_discont", 0);
  if (progress.lastEnd == AV_NOPTS_VALUE || packet.dts >= progress.lastEnd) return;
  PacketPtr empty = makePacket();
  empty->data = packet.data;
  empty->stream_index = index;
  empty->pts = empty->dts = packet.dts - 1;
  av_write_frame(format_.get(), empty.get());
}

Result<void> Muxer::finish() {
  const int code = headerWritten_ ? av_write_trailer(format_.get()) : 0;
  avio_flush(io_.get());
  return check(code, "The container cannot be ended.");
}

// What the ByteSink said goes before what libavformat made of it.
Result<void> Muxer::check(int code, const char* message) {
  if (error_) return *error_;
  if (code < 0) return libavError(ErrorCode::kMuxFailed, Stage::kMux, message, code);
  return {};
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
int Muxer::onWrite(void* opaque, const std::uint8_t* bytes, int size) {
#else
int Muxer::onWrite(void* opaque, std::uint8_t* bytes, int size) {
#endif
  auto& self = *static_cast<Muxer*>(opaque);
  if (self.error_) return AVERROR(EIO);
  std::span<const std::uint8_t> span(bytes, static_cast<std::size_t>(size));
  const std::size_t skipped = std::min(self.skip_, span.size());
  self.skip_ -= skipped;
  span = span.subspan(skipped);
  if (span.empty()) return size;
  Result<void> written = self.sink_.write(span);
  if (!written) {
    self.error_ = written.error();
    return AVERROR(EIO);
  }
  self.bytes_ += static_cast<std::int64_t>(span.size());
  return size;
}

}  // namespace millrace
