#include "media/video/cuda_scaler.h"

extern "C" {
#include <libavutil/hwcontext.h>
}

#include <cmath>
#include <cstddef>
#include <new>
#include <optional>
#include <span>
#include <utility>

#include "media/device/device_error.h"
#include "media/device/kernels/resample.h"
#include "media/video/filter_weights.h"

namespace millrace {
namespace {

using kernels::ResamplePass;

/// How a format's samples lie in memory. Deep ones are at the top of their 16 bits.
struct Layout {
  int bytes = 1;
  int depth = 8;
  bool interleaved = false;  ///< U and V share a plane.
};

std::optional<Layout> layoutOf(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_NV12:
      return Layout{.bytes = 1, .depth = 8, .interleaved = true};
    case AV_PIX_FMT_YUV420P:
      return Layout{.bytes = 1, .depth = 8, .interleaved = false};
    case AV_PIX_FMT_P010:
      return Layout{.bytes = 2, .depth = 10, .interleaved = true};
    case AV_PIX_FMT_P016:
      return Layout{.bytes = 2, .depth = 16, .interleaved = true};
    default:
      return std::nullopt;
  }
}

bool isFullRange(const AVFrame& frame) { return frame.color_range == AVCOL_RANGE_JPEG; }

struct Conversion {
  float gain = 1;
  float offset = 0;
};

/// One more than the largest sample, as stored.
float codesOf(const Layout& layout) { return layout.bytes == 1 ? 1 << 8 : 1 << 16; }

// Limited range is the same share of all the codes at every depth, full range of all but one.
Conversion conversion(const Layout& from, const Layout& to, bool fullRange, bool chroma) {
  const double unit = double{codesOf(to)} / double{kernels::kUnit};
  if (!fullRange || from.depth == to.depth) return {.gain = static_cast<float>(unit), .offset = 0};
  const double share = (1 - std::exp2(-to.depth)) / (1 - std::exp2(-from.depth));
  const double middle = double{codesOf(to)} / 2;
  return {.gain = static_cast<float>(unit * share),
          .offset = static_cast<float>(chroma ? middle * (1 - share) : 0)};
}

/// A filter's tables in the card's memory.
struct DeviceFilter {
  CudaDevice::Memory starts;
  CudaDevice::Memory weights;
  int taps = 0;

  const int* startsAddress() const { return reinterpret_cast<const int*>(starts.address()); }
  const float* weightsAddress() const { return reinterpret_cast<const float*>(weights.address()); }
};

Result<DeviceFilter> place(const CudaDevice& device, const FilterWeights& filter) {
  const auto starts = std::as_bytes(std::span(filter.starts));
  const auto weights = std::as_bytes(std::span(filter.weights));
  Result<CudaDevice::Memory> startsMemory = device.allocate(starts.size());
  if (!startsMemory) return startsMemory.error();
  Result<CudaDevice::Memory> weightsMemory = device.allocate(weights.size());
  if (!weightsMemory) return weightsMemory.error();
  DeviceFilter placed{std::move(*startsMemory), std::move(*weightsMemory), filter.taps};
  if (Result<void> copied = device.upload(placed.starts.address(), starts); !copied)
    return copied.error();
  if (Result<void> copied = device.upload(placed.weights.address(), weights); !copied)
    return copied.error();
  return placed;
}

}  // namespace

/// Luma, or the pair of chroma planes.
struct PlanePlan {
  DeviceFilter across;
  DeviceFilter down;
  CudaDevice::Memory between;  ///< What the first pass makes and the second reads.
  int fromHeight = 0;
  int width = 0;
  int height = 0;

  static Result<PlanePlan> make(const CudaDevice& device, int fromWidth, int fromHeight, int width,
                                int height, bool chroma) {
    const double shift = chroma ? leftChromaShift(fromWidth, width) : 0;
    Result<DeviceFilter> across = place(device, bicubicWeights(fromWidth, width, shift).tapMajor());
    if (!across) return across.error();
    Result<DeviceFilter> down = place(device, bicubicWeights(fromHeight, height));
    if (!down) return down.error();
    const std::size_t bytes = sizeof(short) * static_cast<std::size_t>(width) *
                              static_cast<std::size_t>(fromHeight) * (chroma ? 2 : 1);
    Result<CudaDevice::Memory> between = device.allocate(bytes);
    if (!between) return between.error();
    return PlanePlan{
        std::move(*across), std::move(*down), std::move(*between), fromHeight, width, height};
  }

  /// `to` and `from` name the planes; the rest is filled in.
  Result<void> run(const CudaDevice& device, ResamplePass planes, const Layout& from,
                   const Layout& to, bool fullRange, int count) const {
    constexpr float kMostBetween = 32'767;
    const int stride = width * static_cast<int>(sizeof(short));
    const auto second =
        between.address() + static_cast<std::size_t>(stride) * static_cast<std::size_t>(fromHeight);
    ResamplePass first = planes;
    first.out[0] = reinterpret_cast<void*>(between.address());
    first.out[1] = reinterpret_cast<void*>(second);
    first.outStride = stride;
    first.outStep = 1;
    first.outBytes = sizeof(short);
    first.width = width;
    first.height = fromHeight;
    first.taps = across.taps;
    first.starts = across.startsAddress();
    first.weights = across.weightsAddress();
    first.gain = kernels::kUnit / codesOf(from);
    first.offset = 0;
    first.least = -kMostBetween;
    first.most = kMostBetween;
    if (Result<void> launched =
            device.launch(CudaDevice::Kernel::kResampleAcross, {width, fromHeight, count}, &first);
        !launched)
      return launched;
    ResamplePass last = planes;
    last.in[0] = first.out[0];
    last.in[1] = first.out[1];
    last.inStride = stride;
    last.inStep = 1;
    last.inBytes = sizeof(short);
    last.width = width;
    last.height = height;
    last.taps = down.taps;
    last.starts = down.startsAddress();
    last.weights = down.weightsAddress();
    const Conversion converted = conversion(from, to, fullRange, count > 1);
    last.gain = converted.gain;
    last.offset = converted.offset;
    last.least = 0;
    last.most = static_cast<float>(codesOf(to) * (1 - std::exp2(-to.depth)));
    return device.launch(CudaDevice::Kernel::kResampleDown, {width, height, count}, &last);
  }
};

struct CudaScaler::Plan {
  Layout layout;
  bool fullRange = false;
  PlanePlan luma;
  PlanePlan chroma;
};

CudaScaler::CudaScaler(std::shared_ptr<const CudaDevice> device, int width, int height,
                       int bitDepth)
    : device_(std::move(device)),
      width_(width),
      height_(height),
      format_(bitDepth > 8 ? AV_PIX_FMT_P010 : AV_PIX_FMT_NV12) {}
CudaScaler::~CudaScaler() = default;
CudaScaler::CudaScaler(CudaScaler&&) noexcept = default;
CudaScaler& CudaScaler::operator=(CudaScaler&&) noexcept = default;

bool CudaScaler::reads(AVPixelFormat softwareFormat) {
  return layoutOf(softwareFormat).has_value();
}

Result<FramePtr> CudaScaler::scale(const AVFrame& source) {
  const Form form{source.width & ~1, source.height & ~1, softwareFormatOf(source),
                  isFullRange(source)};
  if (form.width == width_ && form.height == height_ && form.format == format_)
    return clone(source);
  if (!plan_ || !(form == known_)) {
    plan_.reset();
    Result<std::unique_ptr<Plan>> made = plan(form);
    if (!made) return made.error();
    plan_ = std::move(*made);
    known_ = form;
  }
  Result<FramePtr> target = makeTarget();
  if (!target) return target;

  const Layout& from = plan_->layout;
  const Layout to = *layoutOf(format_);
  ResamplePass luma{};
  luma.in[0] = source.data[0];
  luma.out[0] = (*target)->data[0];
  luma.inStride = source.linesize[0];
  luma.outStride = (*target)->linesize[0];
  luma.inStep = luma.outStep = 1;
  luma.inBytes = from.bytes;
  luma.outBytes = to.bytes;
  ResamplePass chroma = luma;
  chroma.in[0] = source.data[1];
  chroma.in[1] = from.interleaved ? source.data[1] + from.bytes : source.data[2];
  chroma.inStride = source.linesize[1];
  chroma.inStep = from.interleaved ? 2 : 1;
  chroma.out[0] = (*target)->data[1];
  chroma.out[1] = (*target)->data[1] + to.bytes;
  chroma.outStride = (*target)->linesize[1];
  chroma.outStep = 2;
  if (Result<void> done = plan_->luma.run(*device_, luma, from, to, plan_->fullRange, 1); !done)
    return done.error();
  if (Result<void> done = plan_->chroma.run(*device_, chroma, from, to, plan_->fullRange, 2); !done)
    return done.error();
  if (av_frame_copy_props(target->get(), &source) < 0) throw std::bad_alloc();
  return target;
}

Result<std::unique_ptr<CudaScaler::Plan>> CudaScaler::plan(const Form& form) const {
  const std::optional<Layout> layout = layoutOf(form.format);
  if (!layout)
    return Error{.code = ErrorCode::kScaleFailed,
                 .stage = Stage::kScale,
                 .message = "The source's picture format cannot be scaled on a card.",
                 .cause = av_get_pix_fmt_name(form.format)};
  auto made = std::make_unique<Plan>();
  made->layout = *layout;
  made->fullRange = form.fullRange;
  Result<PlanePlan> luma =
      PlanePlan::make(*device_, form.width, form.height, width_, height_, false);
  if (!luma) return luma.error();
  made->luma = std::move(*luma);
  Result<PlanePlan> chroma =
      PlanePlan::make(*device_, form.width / 2, form.height / 2, width_ / 2, height_ / 2, true);
  if (!chroma) return chroma.error();
  made->chroma = std::move(*chroma);
  return made;
}

Result<FramePtr> CudaScaler::makeTarget() {
  if (!frames_) {
    Result<BufferPtr> frames = device_->framesOf(format_, width_, height_);
    if (!frames) return frames.error();
    frames_ = std::move(*frames);
  }
  FramePtr target = makeFrame();
  if (const int code = av_hwframe_get_buffer(frames_.get(), target.get(), 0); code < 0)
    return deviceError("There is no memory on the card for a scaled picture.", code);
  return target;
}

AVPixelFormat softwareFormatOf(const AVFrame& frame) {
  if (frame.hw_frames_ctx == nullptr) return static_cast<AVPixelFormat>(frame.format);
  return reinterpret_cast<const AVHWFramesContext*>(frame.hw_frames_ctx->data)->sw_format;
}

}  // namespace millrace
