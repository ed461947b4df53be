#include "h264_pictures.h"

#include <vector>

#include "h264_headers.h"

namespace nvidia_double {
namespace {

void append(std::vector<std::uint8_t>& bytes, const std::vector<std::uint8_t>& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

struct PacketDeleter {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};

}  // namespace

H264Pictures::H264Pictures()
    : decoder_(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_H264))) {
  if (!decoder_) return;
  // This library's own libavcodec: a card says nothing of damaged pictures.
  av_log_set_level(AV_LOG_QUIET);
  decoder_->thread_count = 1;
  decoder_->opaque = this;
  decoder_->get_buffer2 = giveBuffer;
  open_ = avcodec_open2(decoder_.get(), nullptr, nullptr) >= 0;
}

const AVFrame* H264Pictures::decode(const CUVIDPICPARAMS& picture) {
  // A field of such a frame does not say so.
  mbaff_ =
      picture.CodecSpecific.h264.MbaffFrameFlag != 0 || (mbaff_ && picture.field_pic_flag != 0);
  std::vector<std::uint8_t> unit = sequenceParameterSet(picture, mbaff_);
  for (const unsigned id : pictureParameterSetIds(picture))
    append(unit, pictureParameterSet(picture, id));
  unit.insert(unit.end(), picture.pBitstreamData,
              picture.pBitstreamData + picture.nBitstreamDataLen);

  const std::unique_ptr<AVPacket, PacketDeleter> packet(av_packet_alloc());
  if (!packet || av_new_packet(packet.get(), static_cast<int>(unit.size())) < 0) return nullptr;
  std::copy(unit.begin(), unit.end(), packet->data);
  if (picture.second_field == 0) inWork_.reset();
  if (avcodec_send_packet(decoder_.get(), packet.get()) < 0) return inWork_.get();
  const Frame inOrder(av_frame_alloc());
  while (inOrder && avcodec_receive_frame(decoder_.get(), inOrder.get()) >= 0) {
  }
  return inWork_.get();
}

int H264Pictures::giveBuffer(AVCodecContext* context, AVFrame* frame, int flags) {
  const int status = avcodec_default_get_buffer2(context, frame, flags);
  if (status >= 0)
    static_cast<H264Pictures*>(context->opaque)->inWork_.reset(av_frame_clone(frame));
  return status;
}

}  // namespace nvidia_double
