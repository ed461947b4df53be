#include "media/compare/compare_pictures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "media/compare/frame_matcher.h"
#include "media/compare/stretch_reader.h"
#include "media/compare/time_limit.h"
#include "media/log_scope.h"
#include "media/url_redaction.h"

namespace millrace {
namespace {

constexpr int kLowestPriority = 19;
constexpr std::int64_t kTheEndUs = std::numeric_limits<std::int64_t>::max();

using Outcome = std::variant<PictureComparison, ComparisonFailure>;

void giveWay() {
  // Linux counts priorities by thread. Where it may not be lowered, the work is done all the same.
  static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowestPriority));
}

/// Times in a stretch: one in each of so many equal parts of it, where nobody can foresee.
class RandomTimes {
 public:
  RandomTimes(std::int64_t durationUs, int parts) : durationUs_(durationUs), parts_(parts) {
    draw();
  }

  /// Whether a time has come that had not when this was asked before. Times do not decrease.
  bool haveCome(std::int64_t sinceUs) {
    const bool come = part_ < parts_ && sinceUs >= nextUs_;
    while (part_ < parts_ && sinceUs >= nextUs_) {
      ++part_;
      draw();
    }
    return come;
  }

 private:
  void draw() {
    const double share = std::uniform_real_distribution<double>(0, 1)(random_);
    nextUs_ =
        static_cast<std::int64_t>(static_cast<double>(durationUs_) * (part_ + share) / parts_);
  }

  const std::int64_t durationUs_;
  const int parts_;
  std::random_device random_;
  int part_ = 0;
  std::int64_t nextUs_ = 0;
};

Error noPictures(const ComparedMedium& medium, const char* whose) {
  return Error{.code = ErrorCode::kNoMedia,
               .stage = Stage::kSource,
               .message = std::string("The ") + whose +
                          " has no picture in the stretch of time to compare. Is it the right "
                          "stretch, on its own timeline?",
               .url = redactUrl(medium.input.url)};
}

ComparisonFailure sourceFailed(Error error) { return {std::move(error), Medium::kSource}; }
ComparisonFailure renditionFailed(Error error) { return {std::move(error), Medium::kRendition}; }

Outcome compareAll(const ComparisonOptions& options, const std::stop_token& stop) {
  const AddressPolicy& policy = options.addressPolicy;
  Result<std::unique_ptr<StretchReader>> source = StretchReader::open(options.source, policy, stop);
  if (!source) return sourceFailed(source.error());
  Result<std::unique_ptr<StretchReader>> rendition =
      StretchReader::open(options.rendition, policy, stop);
  if (!rendition) return renditionFailed(rendition.error());

  PictureComparison comparison;
  FrameMatcher matcher(**source);
  const std::int64_t durationUs = options.rendition.untilUs - options.rendition.fromUs;
  RandomTimes times(durationUs, options.mostFrames);
  for (;;) {
    Result<std::optional<StretchReader::Picture>> picture = (*rendition)->next();
    if (!picture) return renditionFailed(picture.error());
    if (!*picture) break;
    // In step, also between the pictures that are compared: neither peer is kept waiting.
    if (Result<void> advanced = matcher.advance((*picture)->sinceUs); !advanced)
      return sourceFailed(advanced.error());
    if (!times.haveCome((*picture)->sinceUs)) continue;
    Result<std::optional<ComparedFrame>> compared = matcher.compare(**picture);
    if (!compared) return ComparisonFailure{compared.error(), std::nullopt};
    if (*compared)
      comparison.frames.push_back(**compared);
    else
      ++comparison.unmatched;
  }
  if (Result<void> advanced = matcher.advance(kTheEndUs); !advanced)
    return sourceFailed(advanced.error());

  comparison.source = (*source)->report();
  comparison.rendition = (*rendition)->report();
  if (comparison.source.frames == 0)
    return sourceFailed((*source)->undecodable().value_or(noPictures(options.source, "source")));
  if (comparison.rendition.accessUnits == 0)
    return renditionFailed(noPictures(options.rendition, "rendition"));
  return comparison;
}

Error timeIsUp(std::chrono::milliseconds limit) {
  return Error{.code = ErrorCode::kTimedOut,
               .stage = Stage::kJob,
               .message = "The pictures could not be compared within " +
                          std::to_string(limit.count()) + " ms."};
}

}  // namespace

Outcome comparePictures(const ComparisonOptions& options, std::stop_token stop) {
  giveWay();
  // Codecs are freed before the scope ends, which is why it is the first thing here.
  const LogScope quiet(
      LogScope::Listener{.tell = [](LogEvent&&) {}, .leastUrgent = LogLevel::kError});
  try {
    const TimeLimit limit(options.timeLimit, std::move(stop));
    Outcome outcome = compareAll(options, limit.token());
    if (limit.isUp() && std::holds_alternative<ComparisonFailure>(outcome)) {
      const std::optional<Medium> waitedFor = std::get<ComparisonFailure>(outcome).medium;
      return ComparisonFailure{timeIsUp(options.timeLimit), waitedFor};
    }
    return outcome;
  } catch (const std::exception& exception) {
    return ComparisonFailure{Error{.code = ErrorCode::kInternal,
                                   .stage = Stage::kJob,
                                   .message = "The comparison ran out of resources.",
                                   .cause = exception.what()},
                             std::nullopt};
  }
}

}  // namespace millrace
