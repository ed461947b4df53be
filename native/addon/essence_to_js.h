#pragma once

#include "addon/node_api.h"
#include "media/essence/essence_copy.h"
#include "media/essence/essence_window.h"

namespace millrace::addon {

/// An `EssenceWindow` of src/transcoder/essence.ts. JavaScript thread.
Napi::Object essenceWindowToJs(Napi::Env env, const EssenceWindow& window);

/// A `NativeEssenceCopy` of src/addon.ts. JavaScript thread.
Napi::Object essenceCopyToJs(Napi::Env env, const EssenceCopy& copy);

}  // namespace millrace::addon
