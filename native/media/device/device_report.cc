#include "media/device/device_report.h"

#include <array>
#include <thread>
#include <utility>

#include "media/device/nvidia_report.h"
#include "media/libav.h"

namespace millrace {

DeviceReport reportDevices() {
  constexpr std::array kDecoded{AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_AV1,
                                AV_CODEC_ID_VP9,  AV_CODEC_ID_VP8,  AV_CODEC_ID_MPEG2VIDEO,
                                AV_CODEC_ID_AAC,  AV_CODEC_ID_MP3,  AV_CODEC_ID_AC3,
                                AV_CODEC_ID_EAC3, AV_CODEC_ID_OPUS};
  constexpr std::array<std::pair<const char*, const char*>, 5> kEncoders{{{"libx264", "h264"},
                                                                          {"libx265", "hevc"},
                                                                          {"libsvtav1", "av1"},
                                                                          {"aac", "aac"},
                                                                          {"libopus", "opus"}}};
  DeviceReport report;
  for (const AVCodecID codec : kDecoded)
    if (avcodec_find_decoder(codec) != nullptr)
      report.cpuDecodes.emplace_back(avcodec_get_name(codec));
  for (const auto& [encoder, codec] : kEncoders)
    if (avcodec_find_encoder_by_name(encoder) != nullptr) report.cpuEncodes.emplace_back(codec);
  report.cpuCores = static_cast<int>(std::thread::hardware_concurrency());
  report.ffmpegVersion = av_version_info();
  report.ffmpegLicense = avcodec_license();
  report.gpus = reportNvidia(report.gpuProblem);
  return report;
}

}  // namespace millrace
