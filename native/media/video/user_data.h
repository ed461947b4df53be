#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

extern "C" {
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
}

namespace millrace {

/// Keeps closed captions (ATSC A/53) and user data (SEI user_data_unregistered) of frames that a
/// lower rate drops, and gives them to the next kept frame. Holds at most 64 KiB, and then drops
/// the oldest. The version SEI of a source encoded by x264 is left out: our own x264 writes its
/// own. Throws std::bad_alloc when memory is out. One thread; one per rendition.
class UserDataCarry {
 public:
  static constexpr std::size_t kMaxCaptionBytes = 16 * 1024;
  static constexpr std::size_t kMaxUserDataBytes = 48 * 1024;
  /// One picture counts its captions, constructs of 3 bytes, in 5 bits (ATSC A/53 part 4, 6.2.3).
  static constexpr std::size_t kMaxCaptionsPerFrame = 31;

  /// Takes what a dropped frame carries; the frame stays as it is.
  void take(const AVFrame& dropped);

  /// Puts what was taken in front of the frame's own. Captions beyond what one picture can carry
  /// wait for the next call, after padding among them is left out. Changes only the side data of
  /// `kept`, which must not be shared; the buffers behind it may be.
  void attach(AVFrame& kept);

  /// Removes captions and user data of a frame that is shown once more, so that they are not sent
  /// twice.
  static void strip(AVFrame& repeated);

 private:
  struct Unref {
    void operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
  };
  using Buffer = std::unique_ptr<AVBufferRef, Unref>;

  void takeCaptions(const AVFrame& frame);
  void takeUserData(const AVFrame& frame);
  void attachCaptions(AVFrame& kept);
  void attachUserData(AVFrame& kept);

  std::vector<std::uint8_t> captions_;
  std::deque<Buffer> userData_;
  std::size_t userDataBytes_ = 0;
};

}  // namespace millrace
