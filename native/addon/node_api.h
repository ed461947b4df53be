#pragma once

// Every file of the addon includes this in place of napi.h.

/// A worker that is being terminated runs no more JavaScript, so an exception can no longer be
/// thrown to it; without this, node-addon-api ends the whole process in that case.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#include <napi.h>
