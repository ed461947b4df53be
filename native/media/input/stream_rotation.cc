#include "media/input/stream_rotation.h"

#include <cstddef>
#include <cstdint>

namespace millrace {

Orientation orientationOf(const AVStream& stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData* data =
      av_packet_side_data_get(stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data,
                              AV_PKT_DATA_DISPLAYMATRIX);
  return data != nullptr ? orientationOf({data->data, data->size}) : Orientation{};
#else
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data != nullptr ? orientationOf({data, size}) : Orientation{};
#endif
}

}  // namespace millrace
