#include "addon/job_events_to_js.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "addon/essence_to_js.h"

namespace millrace::addon {
namespace {

/// Counts and microseconds: exact up to 2^53.
Napi::Number number(Napi::Env env, std::int64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::String text(Napi::Env env, std::string_view value) {
  return Napi::String::New(env, value.data(), value.size());
}

Napi::Object named(Napi::Env env, const char* type) {
  Napi::Object event = Napi::Object::New(env);
  event.Set("type", type);
  return event;
}

template <typename Item>
Napi::Array list(Napi::Env env, const std::vector<Item>& items,
                 Napi::Object (*convert)(Napi::Env, const Item&)) {
  Napi::Array array = Napi::Array::New(env, items.size());
  for (std::uint32_t i = 0; i < items.size(); ++i) array.Set(i, convert(env, items[i]));
  return array;
}

void setIfKnown(Napi::Object& object, const char* key, const std::optional<std::int64_t>& value) {
  if (value) object.Set(key, number(object.Env(), *value));
}

void setIfKnown(Napi::Object& object, const char* key, const std::string& value) {
  if (!value.empty()) object.Set(key, value);
}

Napi::Object sourceToJs(Napi::Env env, const SourceInfo& source) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("container", source.container);
  object.Set("live", source.live);
  if (!source.videoCodec.empty() && source.width > 0) {
    Napi::Object video = Napi::Object::New(env);
    video.Set("codec", source.videoCodec);
    video.Set("width", source.width);
    video.Set("height", source.height);
    if (source.fps > 0) video.Set("fps", source.fps);
    video.Set("pixelFormat", source.pixelFormat);
    object.Set("video", video);
  }
  if (!source.audioCodec.empty()) {
    Napi::Object audio = Napi::Object::New(env);
    audio.Set("codec", source.audioCodec);
    if (source.audioSampleRate > 0) audio.Set("sampleRateHz", source.audioSampleRate);
    if (source.audioChannels > 0) audio.Set("channels", source.audioChannels);
    object.Set("audio", audio);
  }
  return object;
}

Napi::Object planToJs(Napi::Env env, const RenditionPlan& plan) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", plan.name);
  if (!plan.encoder.empty()) {
    object.Set("width", plan.width);
    object.Set("height", plan.height);
    object.Set("decode", plan.decode);
    object.Set("scale", plan.scale);
    object.Set("encode", plan.encode);
    object.Set("encoder", plan.encoder);
  }
  object.Set("container", plan.container);
  object.Set("audio", plan.audio);
  return object;
}

Napi::Object bucketToJs(Napi::Env env, const LatencyBucket& bucket) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("upToMs", bucket.upToMs);
  object.Set("count", number(env, bucket.count));
  return object;
}

Napi::Object latencyToJs(Napi::Env env, const LatencySummary& latency) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("count", number(env, latency.count));
  object.Set("p50Ms", latency.p50Ms);
  object.Set("p90Ms", latency.p90Ms);
  object.Set("p99Ms", latency.p99Ms);
  object.Set("maxMs", latency.maxMs);
  object.Set("buckets", list(env, latency.buckets, &bucketToJs));
  return object;
}

Napi::Object renditionToJs(Napi::Env env, const RenditionProgress& rendition) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", rendition.name);
  object.Set("state", rendition.state);
  object.Set("framesIn", number(env, rendition.framesIn));
  object.Set("framesEncoded", number(env, rendition.framesEncoded));
  object.Set("framesOut", number(env, rendition.framesOut));
  object.Set("framesDropped", number(env, rendition.framesDropped));
  object.Set("gopsDropped", number(env, rendition.gopsDropped));
  object.Set("bytes", number(env, rendition.bytes));
  object.Set("pixelsEncoded", number(env, rendition.pixelsEncoded));
  setIfKnown(object, "firstTimestampUs", rendition.firstTimestampUs);
  setIfKnown(object, "lastTimestampUs", rendition.lastTimestampUs);
  object.Set("fps", rendition.fps);
  object.Set("bitrateBps", rendition.bitrateBps);
  object.Set("realTimeRatio", rendition.realTimeRatio);
  if (rendition.latency.count > 0) object.Set("latency", latencyToJs(env, rendition.latency));
  return object;
}

void setProgress(Napi::Object& object, const Progress& progress) {
  const Napi::Env env = object.Env();
  object.Set("elapsedMs", progress.elapsedMs);
  object.Set("sourceBytes", number(env, progress.sourceBytes));
  object.Set("sourceAccessUnits", number(env, progress.sourceAccessUnits));
  object.Set("sourceFrames", number(env, progress.sourceFrames));
  object.Set("decodeErrors", number(env, progress.decodeErrors));
  object.Set("discontinuities", number(env, progress.discontinuities));
  object.Set("sourceGopsDropped", number(env, progress.sourceGopsDropped));
  setIfKnown(object, "lastSourceTimestampUs", progress.lastSourceTimestampUs);
  object.Set("realTimeRatio", progress.realTimeRatio);
  object.Set("renditions", list(env, progress.renditions, &renditionToJs));
}

Napi::Object failureToJs(Napi::Env env, const RenditionFailedEvent& failure) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", failure.name);
  object.Set("error", errorToJs(env, failure.error));
  return object;
}

const char* levelName(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kDebug:
      return "debug";
  }
  return "debug";
}

struct ToJs {
  Napi::Env env;

  Napi::Object operator()(const StartedEvent& event) const {
    Napi::Object object = named(env, "started");
    object.Set("source", sourceToJs(env, event.source));
    object.Set("renditions", list(env, event.renditions, &planToJs));
    object.Set("timestampBaseUs", number(env, event.timestampBaseUs));
    return object;
  }
  Napi::Object operator()(const RenditionStartedEvent& event) const {
    Napi::Object object = named(env, "renditionStarted");
    object.Set("name", event.name);
    object.Set("sinceSourceFirstByteMs", event.sinceSourceFirstByteMs);
    return object;
  }
  Napi::Object operator()(const RenditionFailedEvent& event) const {
    Napi::Object object = failureToJs(env, event);
    object.Set("type", "renditionFailed");
    return object;
  }
  Napi::Object operator()(const RenditionFinishedEvent& event) const {
    Napi::Object object = named(env, "renditionFinished");
    object.Set("name", event.name);
    return object;
  }
  Napi::Object operator()(const WarningEvent& event) const {
    Napi::Object object = named(env, "warning");
    object.Set("code", event.code);
    object.Set("message", event.message);
    return object;
  }
  Napi::Object operator()(const LogEvent& event) const {
    Napi::Object object = named(env, "log");
    object.Set("level", levelName(event.level));
    object.Set("source", event.source);
    object.Set("message", event.message);
    return object;
  }
  Napi::Object operator()(const ProgressEvent& event) const {
    Napi::Object object = named(env, "progress");
    setProgress(object, event.progress);
    return object;
  }
  Napi::Object operator()(const EssenceEvent& event) const {
    Napi::Object object = named(env, "essence");
    object.Set("medium", event.rendition.empty() ? "source" : event.rendition);
    object.Set("window", essenceWindowToJs(env, event.window));
    return object;
  }
  Napi::Object operator()(const EndedEvent& event) const {
    Napi::Object object = named(env, "ended");
    if (event.error) object.Set("error", errorToJs(env, *event.error));
    object.Set("failures", list(env, event.failures, &failureToJs));
    Napi::Object result = Napi::Object::New(env);
    setProgress(result, event.result);
    if (event.source) {
      result.Set("source", sourceToJs(env, *event.source));
      result.Set("timestampBaseUs", number(env, event.timestampBaseUs));
    }
    object.Set("result", result);
    return object;
  }
};

}  // namespace

Napi::Object errorToJs(Napi::Env env, const Error& error) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", text(env, name(error.code)));
  object.Set("stage", text(env, name(error.stage)));
  object.Set("message", error.message);
  setIfKnown(object, "url", error.url);
  setIfKnown(object, "cause", error.cause);
  if (error.httpStatus) object.Set("httpStatus", *error.httpStatus);
  object.Set("retryable", isRetryable(error));
  return object;
}

Napi::Object jobEventToJs(Napi::Env env, const JobEvent& event) {
  return std::visit(ToJs{env}, event);
}

Napi::Object closedEventToJs(Napi::Env env) { return named(env, "closed"); }

}  // namespace millrace::addon
