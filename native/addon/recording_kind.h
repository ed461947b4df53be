#pragma once

#include <optional>

#include "addon/job_events_to_js.h"
#include "addon/node_api.h"
#include "media/record/recording.h"

namespace millrace::addon {

/// A ReadingObject that keeps what it reads in a file: `recordMedia()`.
struct RecordingKind {
  static constexpr const char* kName = "Recording";
  using Reading = Recording;
  using End = std::optional<Error>;

  static void readOptions(const Napi::Object& from, Recording::Options& options) {
    options.path = from.Get("path").As<Napi::String>().Utf8Value();
  }

  /// A `NativeError` of src/addon.ts; undefined: it is all there.
  static Napi::Value endToJs(Napi::Env env, const End& failure) {
    return failure ? Napi::Value(errorToJs(env, *failure)) : env.Undefined();
  }
};

}  // namespace millrace::addon
