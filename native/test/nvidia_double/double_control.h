#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <sys/stat.h>

#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nvidia_double {

inline constexpr int kMostCards = 4;
/// A card's memory when nothing else is said.
inline constexpr std::int64_t kMemoryBytes = std::int64_t{4} << 30;

/// Of the settings that count how many times something is done before it fails.
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// How the double is to behave: `key=value` lines of the file `control` in the folder that the
/// environment variable MILLRACE_NVIDIA_DOUBLE names, read again whenever the file changes.
/// `key.1=value` holds for card 1 alone and comes before `key=value`. The keys:
///   cards=1                  how many cards there are, 0 to 4
///   name=…                   what a card is called
///   encodes=h264             codecs that the card encodes; empty: it has no encoder at all
///   decodes=h264             codecs that the card decodes
///   memory-bytes=4294967296  the card's memory
///   encoder-sessions=8       sessions open at once, in all processes that share the folder
///   session-refusal=memory   what is answered past that: memory (error 10) or key (error 21)
///   fail-encode-after=100    a session's pictures that are encoded before one fails
///   fail-decode-after=100    a decoder's pictures that are decoded before one fails
///   fail-launch-after=100    a module's launches that are done before one fails
///   lost=0,2                 cards that fell off the bus: contexts on them stay broken for good
///   slow-ms=0                how long each launch, copy, decode and encode takes more
///   hang=encode,decode,launch,copy   calls that do not return while this is said
///   gpu-utilization, memory-utilization, encoder-utilization, decoder-utilization (percent),
///   temperature (degrees Celsius)     what NVML reports
/// Any thread.
class Control {
 public:
  static Control& get();

  /// Empty when the environment names none: the defaults then hold, within this process.
  const std::string& folder() const { return folder_; }

  std::string text(std::string_view key, int card, std::string_view otherwise);
  std::int64_t number(std::string_view key, int card, std::int64_t otherwise);
  std::vector<std::string> list(std::string_view key, int card, std::string_view otherwise);
  bool lists(std::string_view key, int card, std::string_view item,
             std::string_view otherwise = {});

  int cards();
  bool lost(int card);
  /// Waits for as long as `slow-ms` and `hang` want a call of this kind to take.
  void delay(std::string_view kind, int card);

 private:
  Control();

  std::optional<std::string> find(std::string_view key, int card);
  void readAgainIfChanged();

  std::string folder_;
  std::mutex mutex_;
  struct stat seen_ {};
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace nvidia_double
