#include "media/input/test_pattern.h"

extern "C" {
#include <libavfilter/buffersink.h>
}

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <new>
#include <utility>

namespace millrace {
namespace {

constexpr std::string_view kPrefix = "testpattern:";
constexpr int kSampleRate = 48'000;

Error invalid(std::string message) {
  return Error{
      .code = ErrorCode::kOptionsInvalid, .stage = Stage::kSource, .message = std::move(message)};
}

// A picture that travels as a packet: what libavcodec's wrapped_avframe decoder unwraps.
PacketPtr wrap(FramePtr frame) {
  PacketPtr packet = makePacket();
  auto* data = reinterpret_cast<std::uint8_t*>(frame.get());
  packet->buf = av_buffer_create(
      data, sizeof(AVFrame),
      [](void*, std::uint8_t* held) {
        auto* unwrapped = reinterpret_cast<AVFrame*>(held);
        av_frame_free(&unwrapped);
      },
      nullptr, AV_BUFFER_FLAG_READONLY);
  if (packet->buf == nullptr) throw std::bad_alloc();
  packet->data = data;
  packet->size = sizeof(AVFrame);
  // Trusted: the pointer inside comes from this very process.
  packet->flags |= AV_PKT_FLAG_KEY | AV_PKT_FLAG_TRUSTED;
  packet->pts = packet->dts = frame->pts;
  static_cast<void>(frame.release());
  return packet;
}

}  // namespace

bool TestPattern::isTestPattern(const std::string& url) { return url.starts_with(kPrefix); }

Result<std::unique_ptr<PacketSource>> TestPattern::open(const InputOptions& options,
                                                        std::stop_token stop) {
  int width = 0;
  int height = 0;
  int fps = 0;
  int used = 0;
  const std::string size = options.url.substr(kPrefix.size());
  if (std::sscanf(size.c_str(), "%5dx%5d@%4d%n", &width, &height, &fps, &used) != 3 ||
      static_cast<std::size_t>(used) != size.size() || width < 16 || height < 16 || width > 8192 ||
      height > 8192 || fps < 1 || fps > 240)
    return invalid(
        "A test pattern is written as testpattern:WIDTHxHEIGHT@FPS, for example "
        "testpattern:1280x720@30.");
  std::unique_ptr<TestPattern> pattern(
      new TestPattern(options.pace != Pace::kReadAhead, std::move(stop)));
  if (Result<void> built = pattern->build(width, height, fps); !built) return built.error();
  return std::unique_ptr<PacketSource>(std::move(pattern));
}

TestPattern::TestPattern(bool paced, std::stop_token stop)
    : paced_(paced), stop_(std::move(stop)) {}

Result<void> TestPattern::build(int width, int height, int fps) {
  graph_.reset(avfilter_graph_alloc());
  if (!graph_) throw std::bad_alloc();
  graph_->nb_threads = 1;
  const std::string description =
      "testsrc2=size=" + std::to_string(width) + "x" + std::to_string(height) +
      ":rate=" + std::to_string(fps) +
      ",format=yuv420p,buffersink@v;sine=frequency=440:beep_factor=4:sample_rate=" +
      std::to_string(kSampleRate) +
      ":samples_per_frame=1024,aformat=sample_fmts=s16:channel_layouts=mono,abuffersink@a";
  AVFilterInOut* inputs = nullptr;
  AVFilterInOut* outputs = nullptr;
  int code = avfilter_graph_parse2(graph_.get(), description.c_str(), &inputs, &outputs);
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  if (code >= 0) code = avfilter_graph_config(graph_.get(), nullptr);
  if (code < 0)
    return libavError(ErrorCode::kInternal, Stage::kSource, "The test pattern cannot be made.",
                      code);
  for (unsigned i = 0; i < graph_->nb_filters; ++i) {
    const std::string_view type = graph_->filters[i]->filter->name;
    if (type == "buffersink") pictures_.sink = graph_->filters[i];
    if (type == "abuffersink") tone_.sink = graph_->filters[i];
  }
  video_.parameters.reset(avcodec_parameters_alloc());
  audio_.parameters.reset(avcodec_parameters_alloc());
  if (!video_.parameters || !audio_.parameters) throw std::bad_alloc();
  video_.parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  video_.parameters->codec_id = AV_CODEC_ID_WRAPPED_AVFRAME;
  video_.parameters->format = AV_PIX_FMT_YUV420P;
  video_.parameters->width = width;
  video_.parameters->height = height;
  video_.timeBase = kMicroseconds;
  video_.fps = fps;
  audio_.parameters->codec_type = AVMEDIA_TYPE_AUDIO;
  audio_.parameters->codec_id = AV_CODEC_ID_PCM_S16LE;
  audio_.parameters->sample_rate = kSampleRate;
  audio_.parameters->format = AV_SAMPLE_FMT_S16;
  audio_.parameters->bits_per_coded_sample = 16;
  av_channel_layout_default(&audio_.parameters->ch_layout, 1);
  audio_.timeBase = kMicroseconds;
  startedAt_ = Clock::now();
  return {};
}

bool TestPattern::fetch(Channel& channel) {
  if (channel.next) return true;
  FramePtr frame = makeFrame();
  if (av_buffersink_get_frame(channel.sink, frame.get()) < 0) return false;
  channel.nextUs =
      av_rescale_q(frame->pts, av_buffersink_get_time_base(channel.sink), kMicroseconds);
  frame->pts = channel.nextUs;
  channel.next = std::move(frame);
  return true;
}

Result<std::optional<SourcePacket>> TestPattern::read() {
  if (!fetch(pictures_) || !fetch(tone_)) return std::optional<SourcePacket>();
  const bool videoFirst = pictures_.nextUs <= tone_.nextUs;
  const std::int64_t dueUs = videoFirst ? pictures_.nextUs : tone_.nextUs;
  if (paced_) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_until(lock, stop_, startedAt_ + std::chrono::microseconds(dueUs),
                     [] { return false; });
  }
  if (stop_.stop_requested())
    return Error{.code = ErrorCode::kCancelled,
                 .stage = Stage::kSource,
                 .message = "The job was cancelled."};
  return std::optional<SourcePacket>(videoFirst ? takeVideo() : takeAudio());
}

SourcePacket TestPattern::takeVideo() {
  SourcePacket packet;
  packet.video = true;
  packet.trackChanged = !std::exchange(videoSeen_, true);
  packet.packet = wrap(std::move(pictures_.next));
  packet.arrived = Clock::now();
  bytes_ += packet.packet->size;
  return packet;
}

SourcePacket TestPattern::takeAudio() {
  const FramePtr frame = std::move(tone_.next);
  SourcePacket packet;
  packet.trackChanged = !std::exchange(audioSeen_, true);
  packet.packet = makePacket();
  packet.packet->buf = av_buffer_ref(frame->buf[0]);
  if (packet.packet->buf == nullptr) throw std::bad_alloc();
  packet.packet->data = frame->data[0];
  packet.packet->size = frame->nb_samples * 2;
  packet.packet->pts = packet.packet->dts = tone_.nextUs;
  packet.packet->duration = av_rescale(frame->nb_samples, 1'000'000, kSampleRate);
  packet.arrived = Clock::now();
  bytes_ += packet.packet->size;
  return packet;
}

}  // namespace millrace
