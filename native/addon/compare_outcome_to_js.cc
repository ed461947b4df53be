#include "addon/compare_outcome_to_js.h"

#include <cstdint>
#include <vector>

#include "addon/job_events_to_js.h"

namespace millrace::addon {
namespace {

/// Counts and microseconds: exact up to 2^53.
Napi::Number number(Napi::Env env, std::int64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Object sizeToJs(Napi::Env env, const PicturesOfSize& size) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("width", size.width);
  object.Set("height", size.height);
  object.Set("frames", number(env, size.frames));
  return object;
}

Napi::Object lumaToJs(Napi::Env env, const LumaStatistics& luma) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("mean", luma.mean);
  object.Set("deviation", luma.deviation);
  return object;
}

Napi::Object bandToJs(Napi::Env env, const BandDetail& band) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("sourceEnergy", band.sourceEnergy);
  object.Set("energy", band.energy);
  object.Set("kept", band.kept);
  return object;
}

template <typename Item>
Napi::Array list(Napi::Env env, const std::vector<Item>& items,
                 Napi::Object (*convert)(Napi::Env, const Item&)) {
  Napi::Array array = Napi::Array::New(env, items.size());
  for (std::uint32_t i = 0; i < items.size(); ++i) array.Set(i, convert(env, items[i]));
  return array;
}

Napi::Object reportToJs(Napi::Env env, const StretchReport& report) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("codec", report.codec);
  object.Set("accessUnits", number(env, report.accessUnits));
  object.Set("frames", number(env, report.frames));
  object.Set("pixels", number(env, report.pixels));
  object.Set("sizes", list(env, report.sizes, &sizeToJs));
  object.Set("stillFrames", number(env, report.stillFrames));
  object.Set("movingFrames", number(env, report.movingFrames));
  object.Set("flatFrames", number(env, report.flatFrames));
  if (report.firstTimestampUs)
    object.Set("firstTimestampUs", number(env, *report.firstTimestampUs));
  if (report.lastTimestampUs) object.Set("lastTimestampUs", number(env, *report.lastTimestampUs));
  return object;
}

Napi::Object frameToJs(Napi::Env env, const ComparedFrame& frame) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("timestampUs", number(env, frame.timestampUs));
  object.Set("sourceTimestampUs", number(env, frame.sourceTimestampUs));
  object.Set("shift", frame.shift);
  object.Set("ssim", frame.ssim);
  object.Set("coarseSsim", frame.coarseSsim);
  object.Set("luma", lumaToJs(env, frame.luma));
  object.Set("sourceLuma", lumaToJs(env, frame.sourceLuma));
  if (frame.change) object.Set("change", *frame.change);
  if (frame.sourceChange) object.Set("sourceChange", *frame.sourceChange);
  Napi::Object detail = Napi::Object::New(env);
  detail.Set("fine", bandToJs(env, frame.detail[0]));
  detail.Set("middle", bandToJs(env, frame.detail[1]));
  object.Set("detail", detail);
  return object;
}

struct ToJs {
  Napi::Env env;

  Napi::Object operator()(const PictureComparison& comparison) const {
    Napi::Object object = Napi::Object::New(env);
    object.Set("source", reportToJs(env, comparison.source));
    object.Set("rendition", reportToJs(env, comparison.rendition));
    object.Set("frames", list(env, comparison.frames, &frameToJs));
    object.Set("unmatched", number(env, comparison.unmatched));
    Napi::Object outcome = Napi::Object::New(env);
    outcome.Set("comparison", object);
    return outcome;
  }

  Napi::Object operator()(const ComparisonFailure& failure) const {
    Napi::Object outcome = Napi::Object::New(env);
    outcome.Set("error", errorToJs(env, failure.error));
    if (failure.medium)
      outcome.Set("medium", *failure.medium == Medium::kSource ? "source" : "rendition");
    return outcome;
  }
};

}  // namespace

Napi::Object comparisonOutcomeToJs(
    Napi::Env env, const std::variant<PictureComparison, ComparisonFailure>& outcome) {
  return std::visit(ToJs{env}, outcome);
}

}  // namespace millrace::addon
