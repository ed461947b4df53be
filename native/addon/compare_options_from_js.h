#pragma once

#include "addon/node_api.h"
#include "media/compare/comparison.h"

namespace millrace::addon {

/// Reads a `NativeComparisonOptions` of src/addon.ts, whose values were checked before. Throws
/// Napi::TypeError where one is missing. JavaScript thread.
ComparisonOptions comparisonOptionsFromJs(const Napi::Value& options);

}  // namespace millrace::addon
