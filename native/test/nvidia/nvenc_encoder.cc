#include "nvenc_encoder.h"

#include <gtest/gtest.h>

#include <utility>

extern "C" {
#include <libavutil/opt.h>
}

namespace millrace {

CodecContextPtr openNvenc(const NvencOptions& options, int* error) {
  CodecContextPtr encoder(avcodec_alloc_context3(avcodec_find_encoder_by_name("h264_nvenc")));
  encoder->width = options.width;
  encoder->height = options.height;
  encoder->pix_fmt = options.frames != nullptr ? AV_PIX_FMT_CUDA : options.format;
  encoder->time_base = {1, 25};
  encoder->framerate = {25, 1};
  encoder->bit_rate = options.bitrateBps;
  encoder->rc_buffer_size = static_cast<int>(options.bitrateBps / 10);
  encoder->gop_size = 1000;
  encoder->max_b_frames = 0;
  encoder->colorspace = AVCOL_SPC_BT709;
  if (options.globalHeader) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (options.frames != nullptr) encoder->hw_frames_ctx = av_buffer_ref(options.frames);
  const std::vector<std::pair<const char*, std::string>> settings{
      {"preset", "p4"},    {"tune", "ull"}, {"delay", "0"},
      {"forced-idr", "1"}, {"rc", "cbr"},   {"gpu", std::to_string(options.gpu)},
      {"udu_sei", "1"}};
  for (const auto& [key, value] : settings)
    EXPECT_EQ(av_opt_set(encoder->priv_data, key, value.c_str(), 0), 0) << key;
  const int status = avcodec_open2(encoder.get(), nullptr, nullptr);
  if (error != nullptr) *error = status;
  if (status < 0) encoder.reset();
  return encoder;
}

}  // namespace millrace
