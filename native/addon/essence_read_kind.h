#pragma once

#include "addon/essence_to_js.h"
#include "addon/job_events_to_js.h"
#include "addon/node_api.h"
#include "media/essence/essence_read.h"

namespace millrace::addon {

/// A ReadingObject that hashes: `readEssence()`.
struct EssenceReadKind {
  static constexpr const char* kName = "EssenceRead";
  using Reading = EssenceRead;
  using End = Result<EssenceCopy>;

  static void readOptions(const Napi::Object& /*from*/, EssenceRead::Options& /*options*/) {}

  /// A `NativeEssenceEnd` of src/addon.ts.
  static Napi::Value endToJs(Napi::Env env, const End& end) {
    Napi::Object told = Napi::Object::New(env);
    if (end)
      told.Set("copy", essenceCopyToJs(env, *end));
    else
      told.Set("error", errorToJs(env, end.error()));
    return told;
  }
};

}  // namespace millrace::addon
