#include "addon/compare_options_from_js.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "addon/job_options_from_js.h"

namespace millrace::addon {
namespace {

[[noreturn]] void mistyped(const Napi::Env& env, const std::string& key) {
  throw Napi::TypeError::New(env, "The comparison option " + key + " is missing or mistyped.");
}

std::int64_t wholeOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsNumber()) mistyped(object.Env(), key);
  return value.As<Napi::Number>().Int64Value();
}

Napi::Object objectOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsObject()) mistyped(object.Env(), key);
  return value.As<Napi::Object>();
}

std::vector<std::string> textsOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsArray()) mistyped(object.Env(), key);
  const auto list = value.As<Napi::Array>();
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value text = list[i];
    if (!text.IsString()) mistyped(object.Env(), key);
    texts.push_back(text.As<Napi::String>());
  }
  return texts;
}

ComparedMedium mediumOf(const Napi::Object& object, const char* key) {
  const Napi::Object medium = objectOf(object, key);
  return {.input = inputOptionsFromJs(medium),
          .fromUs = wholeOf(medium, "fromUs"),
          .untilUs = wholeOf(medium, "untilUs")};
}

}  // namespace

ComparisonOptions comparisonOptionsFromJs(const Napi::Value& options) {
  if (!options.IsObject()) mistyped(options.Env(), "options");
  const auto from = options.As<Napi::Object>();
  return {.source = mediumOf(from, "source"),
          .rendition = mediumOf(from, "rendition"),
          .addressPolicy = {.allow = textsOf(from, "allow"),
                            .deny = textsOf(from, "deny"),
                            .schemes = textsOf(from, "schemes")},
          .mostFrames = static_cast<int>(wholeOf(from, "mostFrames")),
          .timeLimit = std::chrono::milliseconds(wholeOf(from, "timeoutMs"))};
}

}  // namespace millrace::addon
