#pragma once

#include <variant>

#include "addon/node_api.h"
#include "media/compare/comparison.h"

namespace millrace::addon {

/// A `NativeComparisonOutcome` of src/addon.ts. JavaScript thread.
Napi::Object comparisonOutcomeToJs(
    Napi::Env env, const std::variant<PictureComparison, ComparisonFailure>& outcome);

}  // namespace millrace::addon
