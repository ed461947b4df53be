#include "media/input/packet_parser.h"

#include <cstring>
#include <new>
#include <utility>

namespace millrace {

std::optional<PacketParser> PacketParser::forStream(const AVCodecParameters& parameters,
                                                    AVRational timeBase) {
  ParserPtr parser(av_parser_init(parameters.codec_id));
  if (!parser) return std::nullopt;
  CodecContextPtr context(avcodec_alloc_context3(avcodec_find_decoder(parameters.codec_id)));
  if (!context || avcodec_parameters_to_context(context.get(), &parameters) < 0)
    throw std::bad_alloc();
  context->pkt_timebase = timeBase;
  return PacketParser(std::move(parser), std::move(context), timeBase);
}

void PacketParser::parse(const AVPacket* packet, std::vector<PacketPtr>& frames) {
  const std::uint8_t* data = packet != nullptr ? packet->data : nullptr;
  int size = packet != nullptr ? packet->size : 0;
  std::int64_t pts = packet != nullptr ? packet->pts : AV_NOPTS_VALUE;
  std::int64_t dts = packet != nullptr ? packet->dts : AV_NOPTS_VALUE;
  do {
    std::uint8_t* frame = nullptr;
    int frameSize = 0;
    const int used = av_parser_parse2(parser_.get(), context_.get(), &frame, &frameSize, data, size,
                                      pts, dts, packet != nullptr ? packet->pos : -1);
    if (used < 0) return;
    pts = dts = AV_NOPTS_VALUE;
    data += used;
    size -= used;
    if (frameSize > 0)
      frames.push_back(take(frame, frameSize, packet));
    else if (used == 0)
      return;
  } while (size > 0 || packet == nullptr);
}

PacketPtr PacketParser::take(const std::uint8_t* data, int size, const AVPacket* from) const {
  PacketPtr frame = makePacket();
  if (av_new_packet(frame.get(), size) < 0) throw std::bad_alloc();
  std::memcpy(frame->data, data, static_cast<std::size_t>(size));
  frame->pts = parser_->pts;
  frame->dts = parser_->dts;
  if (from != nullptr) frame->stream_index = from->stream_index;
  if (parser_->key_frame == 1 ||
      (parser_->key_frame == -1 && parser_->pict_type == AV_PICTURE_TYPE_I))
    frame->flags |= AV_PKT_FLAG_KEY;
  if (context_->codec_type == AVMEDIA_TYPE_AUDIO && context_->sample_rate > 0 &&
      parser_->duration > 0)
    frame->duration =
        av_rescale_q(parser_->duration, AVRational{1, context_->sample_rate}, timeBase_);
  return frame;
}

}  // namespace millrace
