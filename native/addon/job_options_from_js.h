#pragma once

#include "addon/node_api.h"
#include "media/job/job_options.h"

namespace millrace::addon {

/// Reads a `NativeJobOptions` of src/addon.ts. Its values were checked before; what is checked here
/// is that they are there and of the right type. Throws Napi::TypeError. JavaScript thread.
JobOptions jobOptionsFromJs(const Napi::Object& options);

/// Likewise the `input` of such options alone, or of others that have one.
InputOptions inputOptionsFromJs(const Napi::Object& options);
/// Likewise `allow`, `deny` and `schemes`.
AddressPolicy addressPolicyFromJs(const Napi::Object& options);

}  // namespace millrace::addon
