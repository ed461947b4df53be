#include "addon/job_options_from_js.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "addon/byte_input.h"
#include "addon/byte_output.h"

namespace millrace::addon {
namespace {

using std::chrono::milliseconds;

[[noreturn]] void mistyped(const Napi::Object& object, std::string_view key) {
  throw Napi::TypeError::New(object.Env(),
                             "The job option " + std::string(key) + " is missing or mistyped.");
}

std::string textOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsString()) mistyped(object, key);
  return value.As<Napi::String>();
}

std::int64_t wholeOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsNumber()) mistyped(object, key);
  return value.As<Napi::Number>().Int64Value();
}

int intOf(const Napi::Object& object, const char* key) {
  return static_cast<int>(wholeOf(object, key));
}

milliseconds durationOf(const Napi::Object& object, const char* key) {
  return milliseconds(wholeOf(object, key));
}

std::optional<std::int64_t> maybeWholeOf(const Napi::Object& object, const char* key) {
  if (object.Get(key).IsUndefined()) return std::nullopt;
  return wholeOf(object, key);
}

bool flagOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsBoolean()) mistyped(object, key);
  return value.As<Napi::Boolean>();
}

Napi::Object objectOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsObject()) mistyped(object, key);
  return value.As<Napi::Object>();
}

Napi::Array listOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsArray()) mistyped(object, key);
  return value.As<Napi::Array>();
}

std::vector<std::string> textsOf(const Napi::Object& object, const char* key) {
  const Napi::Array list = listOf(object, key);
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value text = list[i];
    if (!text.IsString()) mistyped(object, key);
    texts.push_back(text.As<Napi::String>());
  }
  return texts;
}

template <typename Enum, std::size_t size>
Enum choiceOf(const Napi::Object& object, const char* key,
              const std::array<std::pair<std::string_view, Enum>, size>& choices) {
  const std::string word = textOf(object, key);
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
  }
  mistyped(object, key);
}

using namespace std::string_view_literals;
constexpr std::array kPaces{std::pair{"auto"sv, Pace::kAuto}, std::pair{"live"sv, Pace::kLive},
                            std::pair{"readAhead"sv, Pace::kReadAhead}};
constexpr std::array kContainers{std::pair{"mpegts"sv, Container::kMpegTs},
                                 std::pair{"flv"sv, Container::kFlv},
                                 std::pair{"mp4"sv, Container::kFragmentedMp4}};
constexpr std::array kCodecs{std::pair{"h264"sv, VideoCodec::kH264},
                             std::pair{"hevc"sv, VideoCodec::kHevc},
                             std::pair{"av1"sv, VideoCodec::kAv1}};
constexpr std::array kTunes{std::pair{"latency"sv, Tune::kLatency},
                            std::pair{"quality"sv, Tune::kQuality}};
constexpr std::array kAudioModes{
    std::pair{"copy"sv, AudioMode::kCopy}, std::pair{"aac"sv, AudioMode::kAac},
    std::pair{"opus"sv, AudioMode::kOpus}, std::pair{"drop"sv, AudioMode::kDrop}};
constexpr std::array kAccelKinds{std::pair{"auto"sv, AccelKind::kAuto},
                                 std::pair{"none"sv, AccelKind::kNone},
                                 std::pair{"nvidia"sv, AccelKind::kNvidia}};
constexpr std::array kLogLevels{
    std::pair{"error"sv, LogLevel::kError}, std::pair{"warning"sv, LogLevel::kWarning},
    std::pair{"info"sv, LogLevel::kInfo}, std::pair{"debug"sv, LogLevel::kDebug}};

/// What InputOptions and OutputOptions have in common.
template <typename Endpoint>
void readConnection(const Napi::Object& from, Endpoint& into) {
  into.url = textOf(from, "url");
  const Napi::Array headers = listOf(from, "headers");
  for (std::uint32_t i = 0; i < headers.Length(); ++i) {
    const Napi::Value pair = headers[i];
    if (!pair.IsArray()) mistyped(from, "headers");
    const Napi::Value name = pair.As<Napi::Array>()[0U];
    const Napi::Value content = pair.As<Napi::Array>()[1U];
    if (!name.IsString() || !content.IsString()) mistyped(from, "headers");
    into.headers.emplace_back(name.As<Napi::String>(), content.As<Napi::String>());
  }
  into.connectTimeout = durationOf(from, "connectTimeoutMs");
  into.stallTimeout = durationOf(from, "stallTimeoutMs");
  const Napi::Object tls = objectOf(from, "tls");
  into.tls = {.verify = flagOf(tls, "verify"), .caFile = textOf(tls, "caFile")};
}

OutputOptions outputFromJs(const Napi::Object& from) {
  OutputOptions output;
  readConnection(from, output);
  output.container = choiceOf(from, "format", kContainers);
  output.httpMethod = textOf(from, "method");
  output.holdStart = durationOf(from, "holdStartMs");
  const Napi::Value stream = from.Get("stream");
  if (!stream.IsUndefined()) {
    output.openStream = [handoff = ByteOutput::unwrap(stream).handoff(),
                         timeout = output.stallTimeout](std::stop_token stop) {
      return OutputHandoff::openSink(handoff, timeout, std::move(stop));
    };
  }
  return output;
}

RenditionOptions renditionFromJs(const Napi::Object& from) {
  return {
      .name = textOf(from, "name"),
      .width = intOf(from, "width"),
      .height = intOf(from, "height"),
      .fps = {.num = intOf(from, "fpsNumerator"), .den = intOf(from, "fpsDenominator")},
      .bitrateBps = wholeOf(from, "bitrateBps"),
      .codec = choiceOf(from, "codec", kCodecs),
      .bitDepth = intOf(from, "bitDepth"),
      .encoderProfile = textOf(from, "encoderProfile"),
      .gop = durationOf(from, "gopMs"),
      .preset = textOf(from, "preset"),
      .output = outputFromJs(objectOf(from, "output")),
  };
}

Accel accelFromJs(const Napi::Object& from) {
  Accel accel{.kind = choiceOf(from, "kind", kAccelKinds), .devices = {}};
  const Napi::Array devices = listOf(from, "devices");
  for (std::uint32_t i = 0; i < devices.Length(); ++i) {
    const Napi::Value device = devices[i];
    if (!device.IsNumber()) mistyped(from, "devices");
    accel.devices.push_back(device.As<Napi::Number>().Int32Value());
  }
  return accel;
}

std::optional<milliseconds> maybeDurationOf(const Napi::Object& object, const char* key) {
  const std::optional<std::int64_t> whole = maybeWholeOf(object, key);
  if (!whole) return std::nullopt;
  return milliseconds(*whole);
}

}  // namespace

InputOptions inputOptionsFromJs(const Napi::Object& options) {
  const Napi::Object from = objectOf(options, "input");
  InputOptions input;
  readConnection(from, input);
  input.format = textOf(from, "format");
  input.pace = choiceOf(from, "pace", kPaces);
  const Napi::Value stream = from.Get("stream");
  if (!stream.IsUndefined()) {
    input.openStream = [queue = ByteInput::unwrap(stream).queue(),
                        timeout = input.stallTimeout](std::stop_token stop) {
      return InputQueue::openSource(queue, timeout, std::move(stop));
    };
  }
  return input;
}

AddressPolicy addressPolicyFromJs(const Napi::Object& options) {
  AddressPolicy policy;
  policy.allow = textsOf(options, "allow");
  policy.deny = textsOf(options, "deny");
  policy.schemes = textsOf(options, "schemes");
  return policy;
}

JobOptions jobOptionsFromJs(const Napi::Object& options) {
  JobOptions job;
  job.input = inputOptionsFromJs(options);
  const Napi::Array renditions = listOf(options, "renditions");
  for (std::uint32_t i = 0; i < renditions.Length(); ++i) {
    const Napi::Value rendition = renditions[i];
    if (!rendition.IsObject()) mistyped(options, "renditions");
    job.renditions.push_back(renditionFromJs(rendition.As<Napi::Object>()));
  }
  job.tune = choiceOf(options, "tune", kTunes);
  job.accel = accelFromJs(objectOf(options, "accel"));
  job.audio = choiceOf(options, "audio", kAudioModes);
  job.addressPolicy = addressPolicyFromJs(options);
  job.clipFrom = maybeDurationOf(options, "clipFromMs");
  job.clipTo = maybeDurationOf(options, "clipToMs");
  job.timestampBaseUs = maybeWholeOf(options, "timestampBaseUs");
  job.resumeAtUs = maybeWholeOf(options, "resumeAtUs");
  job.earlyKeyframes = flagOf(options, "earlyKeyframes");
  job.progressInterval = durationOf(options, "progressIntervalMs");
  job.essenceWindow = maybeDurationOf(options, "essenceWindowMs");
  job.logLevel = choiceOf(options, "logLevel", kLogLevels);
  return job;
}

}  // namespace millrace::addon
