#pragma once
// Part of the double of NVIDIA's libraries: no GPU and nothing of NVIDIA's is involved.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../cuda/cuda_api.h"
#include "input_picture.h"

namespace nvidia_double {

/// What a card takes, in pixels.
inline constexpr unsigned kLeastWidth = 145;
inline constexpr unsigned kLeastHeight = 49;
inline constexpr unsigned kMostSide = 4096;

/// What one picture was encoded to.
struct Bitstream {
  std::vector<std::uint8_t> bytes;
  NV_ENC_PIC_TYPE type = NV_ENC_PIC_TYPE_UNKNOWN;
  std::uint64_t timestamp = 0;
  std::uint64_t duration = 0;
  std::uint32_t frameIdx = 0;
  std::uint32_t averageQp = 0;
};

/// An encoder session on a card: x264 behind NVENC's calls. Counted as open from its making to its
/// end, in every process that shares the control folder. One thread at a time, as NVENC wants it.
class Session {
 public:
  /// Answers as the driver does when it has no encoder or no session left.
  static NVENCSTATUS open(CUcontext context, std::unique_ptr<Session>& session);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int card() const { return card_; }
  /// What every call answers before it does anything: that the card is lost, or success.
  NVENCSTATUS enter();
  bool encodesH264() const;

  NVENCSTATUS initialize(const NV_ENC_INITIALIZE_PARAMS& asked);
  NVENCSTATUS reconfigure(const NV_ENC_RECONFIGURE_PARAMS& asked);
  NVENCSTATUS headers(std::vector<std::uint8_t>& bytes);
  NVENCSTATUS encode(const NV_ENC_PIC_PARAMS& picture);

  InputPicture* addPicture(std::unique_ptr<InputPicture> picture);
  InputPicture* picture(void* handle);
  bool removePicture(void* handle) { return pictures_.erase(handle) == 1; }
  Bitstream* addBitstream();
  Bitstream* bitstream(void* handle);
  bool removeBitstream(void* handle) { return bitstreams_.erase(handle) == 1; }

 private:
  struct EncoderCloser {
    void operator()(x264_t* encoder) const { x264_encoder_close(encoder); }
  };

  Session(CUcontext context, int card) : context_(context), card_(card) {}
  NVENCSTATUS reserveMemory(std::uint64_t bytes);

  CUcontext context_;
  int card_;
  bool lost_ = false;
  std::unique_ptr<x264_t, EncoderCloser> encoder_;
  CUdeviceptr memory_ = 0;
  std::int64_t encoded_ = 0;
  bool idrNext_ = false;
  std::map<void*, std::unique_ptr<InputPicture>> pictures_;
  std::map<void*, std::unique_ptr<Bitstream>> bitstreams_;
};

}  // namespace nvidia_double
