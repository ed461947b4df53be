#pragma once

#include "addon/node_api.h"
#include "media/error.h"
#include "media/job/job_events.h"

namespace millrace::addon {

/// The event as a `NativeEvent` of src/addon.ts, whose shapes are the public ones of
/// src/transcoder/events.ts and result.ts, save that errors are plain objects. JavaScript thread.
Napi::Object jobEventToJs(Napi::Env env, const JobEvent& event);

/// A `NativeError` of src/addon.ts.
Napi::Object errorToJs(Napi::Env env, const Error& error);

/// `{ type: 'closed' }`
Napi::Object closedEventToJs(Napi::Env env);

}  // namespace millrace::addon
