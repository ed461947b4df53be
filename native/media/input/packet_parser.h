#pragma once

#include <optional>
#include <vector>

#include "media/input/packet_source.h"
#include "media/libav.h"

namespace millrace {

/// Cuts what a container delivers in arbitrary pieces into single frames, with libavcodec's parser:
/// audio of MPEG-TS always, video only when a stream does not keep to one access unit per PES
/// packet, for the parser tells the end of a picture by the start of the next and so costs a frame.
/// Owned and used by the reader's thread.
class PacketParser {
 public:
  /// `parameters` as far as the container tells them. Nothing when libavcodec has no parser for the
  /// codec.
  static std::optional<PacketParser> forStream(const AVCodecParameters& parameters,
                                               AVRational timeBase);

  /// Appends the frames that `packet` completes; a null packet completes what is left.
  void parse(const AVPacket* packet, std::vector<PacketPtr>& frames);

  /// What the parser learned of audio: 0 until the first frame.
  int sampleRate() const { return context_->sample_rate; }
  const AVChannelLayout& channelLayout() const { return context_->ch_layout; }

 private:
  PacketParser(ParserPtr parser, CodecContextPtr context, AVRational timeBase)
      : parser_(std::move(parser)), context_(std::move(context)), timeBase_(timeBase) {}

  PacketPtr take(const std::uint8_t* data, int size, const AVPacket* from) const;

  ParserPtr parser_;
  CodecContextPtr context_;
  AVRational timeBase_;
};

}  // namespace millrace
