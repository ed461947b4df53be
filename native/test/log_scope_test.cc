#include "media/log_scope.h"

#include <gmock/gmock.h>

#include <array>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "media/libav.h"

namespace millrace::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Keeps lines as `level source: message`.
class Lines {
 public:
  LogScope::Listener upTo(LogLevel leastUrgent) {
    return {[this](LogEvent&& event) {
              constexpr std::array kNames{"error", "warning", "info", "debug"};
              const std::lock_guard lock(mutex_);
              kept_.push_back(std::string(kNames.at(static_cast<std::size_t>(event.level))) + " " +
                              event.source + ": " + event.message);
            },
            leastUrgent};
  }
  const std::vector<std::string>& kept() const { return kept_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> kept_;
};

CodecContextPtr h264Decoder() {
  return CodecContextPtr(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264)));
}

TEST(LogScope, NamesTheLibraryAndThePartOfIt) {
  Lines lines;
  const LogScope scope(lines.upTo(LogLevel::kInfo));
  const CodecContextPtr codec = h264Decoder();
  const CodecContextPtr parser(avcodec_alloc_context3(nullptr));
  parser->codec_id = AV_CODEC_ID_HEVC;
  const OutputFormatPtr format(avformat_alloc_context());
  format->iformat = av_find_input_format("mpegts");
  av_log(codec.get(), AV_LOG_ERROR, "a\n");
  av_log(parser.get(), AV_LOG_WARNING, "b\n");
  av_log(format.get(), AV_LOG_INFO, "c\n");
  av_log(nullptr, AV_LOG_INFO, "d\n");
  EXPECT_THAT(lines.kept(), ElementsAre("error libavcodec/h264: a", "warning libavcodec/hevc: b",
                                        "info libavformat/mpegts: c", "info libav: d"));
}

// An exception must not go through the libraries, which are C.
TEST(LogScope, MayHaveNobodyWhoHears) {
  const LogScope scope{LogScope::Listener{}};
  EXPECT_NO_THROW(av_log(nullptr, AV_LOG_ERROR, "a\n"));
  EXPECT_EQ(LogScope::takeLastError(), "a");
}

TEST(LogScope, TellsNoLineLessUrgentThanWanted) {
  Lines info;
  Lines debug;
  for (auto* lines : {&info, &debug}) {
    const LogScope scope(lines->upTo(lines == &info ? LogLevel::kInfo : LogLevel::kDebug));
    av_log(nullptr, AV_LOG_INFO, "info\n");
    av_log(nullptr, AV_LOG_VERBOSE, "verbose\n");
    av_log(nullptr, AV_LOG_DEBUG, "debug\n");
    av_log(nullptr, AV_LOG_TRACE, "trace\n");
  }
  EXPECT_THAT(info.kept(), ElementsAre("info libav: info"));
  EXPECT_THAT(debug.kept(),
              ElementsAre("info libav: info", "debug libav: verbose", "debug libav: debug"));
}

TEST(LogScope, HearsTheWorkerThreadsOfACodecItAdopted) {
  Lines lines;
  const LogScope scope(lines.upTo(LogLevel::kInfo));
  const CodecContextPtr adopted = h264Decoder();
  const CodecContextPtr foreign = h264Decoder();
  LogScope::adopt(*adopted);
  // A frame thread has a copy of its own.
  AVCodecContext copy = *adopted;
  std::thread([&] {
    av_log(adopted.get(), AV_LOG_ERROR, "from a slice\n");
    av_log(&copy, AV_LOG_ERROR, "from a frame\n");
    av_log(foreign.get(), AV_LOG_ERROR, "from another job\n");
    av_log(nullptr, AV_LOG_ERROR, "from nowhere\n");
  }).join();
  EXPECT_THAT(lines.kept(), ElementsAre("error libavcodec/h264: from a slice",
                                        "error libavcodec/h264: from a frame"));
  EXPECT_EQ(LogScope::takeLastError(), "from a frame");
}

TEST(LogScope, KeepsTheReasonOfAFailureWhateverIsWanted) {
  Lines lines;
  const LogScope scope(lines.upTo(LogLevel::kError));
  av_log(nullptr, AV_LOG_ERROR, "the reason\n");
  av_log(nullptr, AV_LOG_WARNING, "something else\n");
  EXPECT_EQ(LogScope::takeLastError(), "the reason");
  EXPECT_EQ(LogScope::takeLastError(), "");
}

TEST(LogScope, ShowsNoSecrets) {
  Lines lines;
  const LogScope scope(lines.upTo(LogLevel::kDebug));
  av_log(nullptr, AV_LOG_VERBOSE, "Opening 'https://me:pass@host/a.ts?token=1' for reading\n");
  LogScope::tell(LogLevel::kDebug, "libcurl", "Issue another request to http://host/a?token=1\n");
  EXPECT_THAT(lines.kept(), ElementsAre("debug libav: Opening 'https://host/a.ts?…' for reading",
                                        "debug libcurl: Issue another request to http://host/a?…"));
}

TEST(LogScope, IsSilentOnAThreadWithoutOne) {
  EXPECT_FALSE(LogScope::wants(LogLevel::kError));
  testing::internal::CaptureStderr();
  LogScope::tell(LogLevel::kError, "srt", "a line\n");
  {
    const LogScope installs({[](LogEvent&&) {}});
  }
  av_log(nullptr, AV_LOG_ERROR, "a line\n");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
}

}  // namespace
}  // namespace millrace::test
