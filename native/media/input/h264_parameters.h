#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace millrace {

/// What the header of an H.264 slice says about the picture it belongs to.
struct H264Slice {
  bool field = false;
  bool bottom = false;
  bool redundant = false;  ///< Of a redundant coded picture, not the primary one.
  std::uint32_t frameNum = 0;
};

/// A sequence parameter set, up to the size of the picture.
struct H264Sps {
  std::uint32_t id = 0;  ///< Below 32.
  bool separateColourPlanes = false;
  bool frameMbsOnly = true;
  bool deltaPicOrderAlwaysZero = false;
  int frameNumBits = 0;
  std::uint32_t picOrderType = 0;
  int picOrderLsbBits = 0;
  int width = 0;  ///< Cropped; 0: the set breaks off before, or is nonsense.
  int height = 0;
};

/// A picture that claims to be larger is none.
inline constexpr int kLargestSide = 65'536;

/// `unit` is a NAL unit. Nothing when it is broken.
std::optional<H264Sps> parseH264Sps(std::span<const std::uint8_t> unit);

/// The parameter sets of an H.264 stream, as far as slice headers depend on them. Units are NAL
/// units with their header byte and emulation prevention; their bytes are hostile. One thread.
class H264Parameters {
 public:
  /// Broken sets are ignored.
  void addSps(std::span<const std::uint8_t> unit);
  void addPps(std::span<const std::uint8_t> unit);

  /// Nothing when the slice's parameter sets are not known, or it uses slice groups, or breaks off.
  std::optional<H264Slice> readSlice(std::span<const std::uint8_t> unit) const;

 private:
  struct Pps {
    bool valid = false;
    bool bottomFieldPicOrder = false;
    bool redundantPictures = false;
    std::uint32_t sps = 0;
  };

  std::array<std::optional<H264Sps>, 32> sps_;
  std::array<Pps, 256> pps_;
};

}  // namespace millrace
