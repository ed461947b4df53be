#include "media/video/scaler.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
}
#include <zimg.h>

#include <cmath>
#include <cstddef>
#include <new>
#include <string>
#include <utility>

namespace millrace {

void ZimgGraphDeleter::operator()(zimg_filter_graph* graph) const { zimg_filter_graph_free(graph); }
void SwsDeleter::operator()(SwsContext* context) const { sws_freeContext(context); }

namespace {

constexpr int kAlignment = PicturePool::kAlignment;
// What is left of HDR pictures on their way to SDR, before their brightness is mapped.
constexpr int kHdrBitDepth = 10;

bool isFullRange(const AVFrame& frame) {
  return frame.color_range == AVCOL_RANGE_JPEG || frame.format == AV_PIX_FMT_YUVJ420P ||
         frame.format == AV_PIX_FMT_YUVJ422P || frame.format == AV_PIX_FMT_YUVJ444P;
}

// zimg reads planar formats of 8 to 16 bits in the machine's byte order.
bool isReadable(const AVPixFmtDescriptor& format) {
  constexpr std::uint64_t kUnreadable = AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL |
                                        AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                                        AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;
  if ((format.flags & kUnreadable) != 0) return false;
  if (format.nb_components == 1) return format.comp[0].step <= 2;
  return (format.flags & AV_PIX_FMT_FLAG_PLANAR) != 0 &&
         format.comp[0].plane != format.comp[1].plane &&
         format.comp[1].plane != format.comp[2].plane;
}

bool isAligned(const AVFrame& frame) {
  for (int plane = 0; plane < 3 && frame.data[plane] != nullptr; ++plane)
    if (reinterpret_cast<std::uintptr_t>(frame.data[plane]) % kAlignment != 0 ||
        frame.linesize[plane] % kAlignment != 0)
      return false;
  return true;
}

Error zimgError(std::string message) {
  char text[1024] = "";
  zimg_get_last_error(text, sizeof text);
  return Error{.code = ErrorCode::kScaleFailed,
               .stage = Stage::kScale,
               .message = std::move(message),
               .cause = text};
}

zimg_image_format sourceFormat(const AVFrame& frame, const AVPixFmtDescriptor& descriptor) {
  zimg_image_format format;
  zimg_image_format_default(&format, ZIMG_API_VERSION);
  const bool rgb = (descriptor.flags & AV_PIX_FMT_FLAG_RGB) != 0;
  // zimg wants whole chroma samples: the last column or row of an odd picture is left out.
  format.width =
      static_cast<unsigned>(frame.width >> descriptor.log2_chroma_w << descriptor.log2_chroma_w);
  format.height =
      static_cast<unsigned>(frame.height >> descriptor.log2_chroma_h << descriptor.log2_chroma_h);
  format.depth = static_cast<unsigned>(descriptor.comp[0].depth);
  format.pixel_type = descriptor.comp[0].depth > 8 ? ZIMG_PIXEL_WORD : ZIMG_PIXEL_BYTE;
  format.subsample_w = descriptor.log2_chroma_w;
  format.subsample_h = descriptor.log2_chroma_h;
  format.color_family =
      rgb ? ZIMG_COLOR_RGB : (descriptor.nb_components == 1 ? ZIMG_COLOR_GREY : ZIMG_COLOR_YUV);
  format.pixel_range = rgb || isFullRange(frame) ? ZIMG_RANGE_FULL : ZIMG_RANGE_LIMITED;
  // Source and target share a matrix unless the source is RGB, so its value only has to agree.
  format.matrix_coefficients = rgb ? ZIMG_MATRIX_RGB : ZIMG_MATRIX_BT709;
  return format;
}

}  // namespace

Result<FramePtr> Scaler::scale(const AVFrame& source) {
  if (bitDepth_ > 8 || !isHdr(source)) return resize(source, bitDepth_);
  Result<FramePtr> hdr = resize(source, kHdrBitDepth);
  if (!hdr) return hdr;
  if (!toneMap_) toneMap_ = std::make_unique<ToneMap>(width_, height_);
  return toneMap_->map(**hdr);
}

Result<FramePtr> Scaler::resize(const AVFrame& source, int bitDepth) {
  const bool fullRange8 = bitDepth == 8 && source.format == AV_PIX_FMT_YUVJ420P;
  if (source.width == width_ && source.height == height_ &&
      (source.format == planarFormat(bitDepth) || fullRange8))
    return clone(source);
  const AVPixFmtDescriptor* descriptor =
      av_pix_fmt_desc_get(static_cast<AVPixelFormat>(source.format));
  if (descriptor == nullptr || !isReadable(*descriptor) || !isAligned(source)) {
    Result<FramePtr> planar = makePlanar(source);
    if (!planar) return planar;
    return resize(**planar, bitDepth);
  }
  const Format format{source.width,       source.height,     source.format,
                      source.color_range, source.colorspace, bitDepth};
  if (!graph_ || !(format == known_)) {
    if (Result<void> built = rebuild(source, bitDepth); !built) return built.error();
    known_ = format;
  }
  FramePtr target = pool_->take();

  zimg_image_buffer_const in{};
  in.version = ZIMG_API_VERSION;
  zimg_image_buffer out{};
  out.version = ZIMG_API_VERSION;
  for (int i = 0; i < 3; ++i) {
    const int plane = i < descriptor->nb_components ? descriptor->comp[i].plane : 0;
    in.plane[i].data = source.data[plane];
    in.plane[i].stride = source.linesize[plane];
    in.plane[i].mask = ZIMG_BUFFER_MAX;
    out.plane[i].data = target->data[i];
    out.plane[i].stride = target->linesize[i];
    out.plane[i].mask = ZIMG_BUFFER_MAX;
  }
  if (zimg_filter_graph_process(graph_.get(), &in, &out, scratch_.get(), nullptr, nullptr, nullptr,
                                nullptr) != ZIMG_ERROR_SUCCESS)
    return zimgError("A picture could not be scaled.");
  if (av_frame_copy_props(target.get(), &source) < 0) throw std::bad_alloc();
  if ((descriptor->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
    target->colorspace = AVCOL_SPC_BT709;
    target->color_range = AVCOL_RANGE_MPEG;
  } else if (isFullRange(source)) {
    target->color_range = AVCOL_RANGE_JPEG;
  }
  return target;
}

Result<void> Scaler::rebuild(const AVFrame& source, int bitDepth) {
  const AVPixFmtDescriptor& descriptor =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(source.format));
  const zimg_image_format in = sourceFormat(source, descriptor);
  zimg_image_format out = in;
  out.width = static_cast<unsigned>(width_);
  out.height = static_cast<unsigned>(height_);
  out.depth = static_cast<unsigned>(bitDepth);
  out.pixel_type = bitDepth > 8 ? ZIMG_PIXEL_WORD : ZIMG_PIXEL_BYTE;
  out.subsample_w = out.subsample_h = 1;
  out.color_family = ZIMG_COLOR_YUV;
  if (in.color_family == ZIMG_COLOR_RGB) {
    out.matrix_coefficients = ZIMG_MATRIX_BT709;
    out.pixel_range = ZIMG_RANGE_LIMITED;
  }
  zimg_graph_builder_params parameters;
  zimg_graph_builder_params_default(&parameters, ZIMG_API_VERSION);
  // The bicubic that libswscale uses too (b 0, c 0.6): sharper than zimg's default.
  parameters.resample_filter = parameters.resample_filter_uv = ZIMG_RESIZE_BICUBIC;
  parameters.filter_param_a = parameters.filter_param_a_uv = 0.0;
  parameters.filter_param_b = parameters.filter_param_b_uv = 0.6;
  parameters.dither_type = ZIMG_DITHER_NONE;
  parameters.cpu_type = ZIMG_CPU_AUTO_64B;
  graph_.reset(zimg_filter_graph_build(&in, &out, &parameters));
  if (!graph_) return zimgError("The source's picture format cannot be scaled.");
  std::size_t scratchBytes = 0;
  if (zimg_filter_graph_get_tmp_size(graph_.get(), &scratchBytes) != ZIMG_ERROR_SUCCESS)
    return zimgError("The source's picture format cannot be scaled.");
  scratch_.reset(av_malloc(scratchBytes + kAlignment));
  if (!scratch_) throw std::bad_alloc();
  pool_ = std::make_unique<PicturePool>(width_, height_, bitDepth);
  return {};
}

// A new copy in a planar format, aligned as zimg wants it. libswscale only shuffles here; its size
// stays the source's.
Result<FramePtr> Scaler::makePlanar(const AVFrame& source) {
  const auto from = static_cast<AVPixelFormat>(source.format);
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(from);
  AVPixelFormat to = from;
  if (descriptor == nullptr || !isReadable(*descriptor)) {
    const bool deep = descriptor != nullptr && descriptor->comp[0].depth > 8;
    const bool subsampled = descriptor != nullptr && descriptor->log2_chroma_h == 1;
    const bool rgb = descriptor != nullptr && (descriptor->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    to = subsampled
             ? (deep ? AV_PIX_FMT_YUV420P16LE : AV_PIX_FMT_YUV420P)
             : (rgb ? AV_PIX_FMT_GBRP : (deep ? AV_PIX_FMT_YUV422P16LE : AV_PIX_FMT_YUV422P));
  }
  planar_.reset(sws_getCachedContext(planar_.release(), source.width, source.height, from,
                                     source.width, source.height, to, SWS_POINT, nullptr, nullptr,
                                     nullptr));
  FramePtr copy = makeFrame();
  copy->format = to;
  copy->width = source.width;
  copy->height = source.height;
  if (!planar_ || av_frame_get_buffer(copy.get(), kAlignment) < 0 ||
      sws_scale(planar_.get(), source.data, source.linesize, 0, source.height, copy->data,
                copy->linesize) < 0)
    return Error{.code = ErrorCode::kScaleFailed,
                 .stage = Stage::kScale,
                 .message = "The source's pixel format cannot be converted.",
                 .cause = descriptor != nullptr ? descriptor->name : "unknown format"};
  if (av_frame_copy_props(copy.get(), &source) < 0) throw std::bad_alloc();
  return copy;
}

}  // namespace millrace
