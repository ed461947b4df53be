// Part of the double of NVIDIA's libraries: what FFmpeg's loader insists on and Millrace never
// calls. Declared without arguments, which none of them looks at.
#define NOT_SUPPORTED(name)                                      \
  extern "C" __attribute__((visibility("default"))) int name() { \
    constexpr int kNotSupported = 801;                           \
    return kNotSupported;                                        \
  }

NOT_SUPPORTED(cuvidReconfigureDecoder)
NOT_SUPPORTED(cuvidCtxLockCreate)
NOT_SUPPORTED(cuvidCtxLockDestroy)
NOT_SUPPORTED(cuvidCtxLock)
NOT_SUPPORTED(cuvidCtxUnlock)
NOT_SUPPORTED(cuvidCreateVideoSource)
NOT_SUPPORTED(cuvidCreateVideoSourceW)
NOT_SUPPORTED(cuvidDestroyVideoSource)
NOT_SUPPORTED(cuvidSetVideoSourceState)
NOT_SUPPORTED(cuvidGetVideoSourceState)
NOT_SUPPORTED(cuvidGetSourceVideoFormat)
NOT_SUPPORTED(cuvidGetSourceAudioFormat)
NOT_SUPPORTED(cuvidCreateVideoParser)
NOT_SUPPORTED(cuvidParseVideoData)
NOT_SUPPORTED(cuvidDestroyVideoParser)
