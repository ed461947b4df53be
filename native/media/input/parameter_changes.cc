#include "media/input/parameter_changes.h"

#include <algorithm>
#include <new>

namespace millrace {
namespace {

// Parameter sets take some hundred bytes. More than this is an attack on memory, not a codec's.
constexpr std::size_t kMostExtradata = 1024 * 1024;

}  // namespace

ParameterChanges::ParameterChanges(const AVCodecParameters& parameters)
    : codec_(parameters.codec_id), sampleRate_(parameters.sample_rate) {
  const std::span<const std::uint8_t> extradata = extradataOf(parameters);
  streamExtradata_.assign(extradata.begin(), extradata.end());
  currentExtradata_ = streamExtradata_;
}

CodecParametersPtr ParameterChanges::describedBy(const AVStream& stream, const AVPacket& packet) {
  const AVCodecParameters& seen = *stream.codecpar;
  const std::span<const std::uint8_t> seenExtradata = extradataOf(seen);
  const bool rateChanged = seen.sample_rate != 0 && seen.sample_rate != sampleRate_;
  const bool streamChanged = seen.codec_id != codec_ || rateChanged ||
                             !std::ranges::equal(seenExtradata, streamExtradata_);
  if (streamChanged) {
    codec_ = seen.codec_id;
    sampleRate_ = seen.sample_rate;
    streamExtradata_.assign(seenExtradata.begin(), seenExtradata.end());
  }

  std::size_t size = 0;
  const std::uint8_t* beside = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (size > kMostExtradata) beside = nullptr;
  const std::span<const std::uint8_t> fresh(beside, beside != nullptr ? size : 0);
  const bool packetChanged = beside != nullptr && !std::ranges::equal(fresh, currentExtradata_);
  if (!streamChanged && !packetChanged) return nullptr;

  CodecParametersPtr parameters = clone(seen);
  if (beside != nullptr) setExtradata(*parameters, fresh);
  const std::span<const std::uint8_t> current = extradataOf(*parameters);
  currentExtradata_.assign(current.begin(), current.end());
  return parameters;
}

std::span<const std::uint8_t> ParameterChanges::extradataOf(const AVCodecParameters& parameters) {
  return {parameters.extradata, static_cast<std::size_t>(parameters.extradata_size)};
}

void setExtradata(AVCodecParameters& parameters, std::span<const std::uint8_t> extradata) {
  av_freep(&parameters.extradata);
  parameters.extradata_size = 0;
  parameters.extradata =
      static_cast<std::uint8_t*>(av_mallocz(extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) throw std::bad_alloc();
  std::ranges::copy(extradata, parameters.extradata);
  parameters.extradata_size = static_cast<int>(extradata.size());
}

}  // namespace millrace
