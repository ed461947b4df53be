#pragma once

// NVIDIA's libraries by the headers that FFmpeg loads them with; a build against a distribution's
// FFmpeg may have none. Only for .cc files of this folder.
#if __has_include(<ffnvcodec/dynlink_loader.h>)
// The loader would write to the terminal that there is no driver; that is an answer, not a message.
#define FFNV_LOG_FUNC(context, ...)
#define FFNV_DEBUG_LOG_FUNC(context, ...)
#include <ffnvcodec/dynlink_loader.h>
#define MILLRACE_HAS_NVIDIA_HEADERS 1
#else
#define MILLRACE_HAS_NVIDIA_HEADERS 0
#endif
