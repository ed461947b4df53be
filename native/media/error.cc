#include "media/error.h"

namespace millrace {

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOptionsInvalid:
      return "OPTIONS_INVALID";
    case ErrorCode::kSchemeDenied:
      return "SCHEME_DENIED";
    case ErrorCode::kAddressDenied:
      return "ADDRESS_DENIED";
    case ErrorCode::kHostNotFound:
      return "HOST_NOT_FOUND";
    case ErrorCode::kConnectionRefused:
      return "CONNECTION_REFUSED";
    case ErrorCode::kConnectionReset:
      return "CONNECTION_RESET";
    case ErrorCode::kTimedOut:
      return "TIMED_OUT";
    case ErrorCode::kStalled:
      return "STALLED";
    case ErrorCode::kTlsUntrusted:
      return "TLS_UNTRUSTED";
    case ErrorCode::kTlsFailed:
      return "TLS_FAILED";
    case ErrorCode::kUnauthorized:
      return "UNAUTHORIZED";
    case ErrorCode::kNotFound:
      return "NOT_FOUND";
    case ErrorCode::kHttpStatus:
      return "HTTP_STATUS";
    case ErrorCode::kProtocol:
      return "PROTOCOL";
    case ErrorCode::kFileFailed:
      return "FILE_FAILED";
    case ErrorCode::kStreamFailed:
      return "STREAM_FAILED";
    case ErrorCode::kFormatInvalid:
      return "FORMAT_INVALID";
    case ErrorCode::kNoMedia:
      return "NO_MEDIA";
    case ErrorCode::kCodecUnsupported:
      return "CODEC_UNSUPPORTED";
    case ErrorCode::kDecodeFailed:
      return "DECODE_FAILED";
    case ErrorCode::kScaleFailed:
      return "SCALE_FAILED";
    case ErrorCode::kEncodeFailed:
      return "ENCODE_FAILED";
    case ErrorCode::kMuxFailed:
      return "MUX_FAILED";
    case ErrorCode::kDeviceUnavailable:
      return "DEVICE_UNAVAILABLE";
    case ErrorCode::kDeviceLost:
      return "DEVICE_LOST";
    case ErrorCode::kDeviceOutOfMemory:
      return "DEVICE_OUT_OF_MEMORY";
    case ErrorCode::kDeviceSessionsExhausted:
      return "DEVICE_SESSIONS_EXHAUSTED";
    case ErrorCode::kDeviceFailed:
      return "DEVICE_FAILED";
    case ErrorCode::kCancelled:
      return "CANCELLED";
    case ErrorCode::kInternal:
      return "INTERNAL";
  }
  return "INTERNAL";
}

std::string_view name(Stage stage) {
  switch (stage) {
    case Stage::kOptions:
      return "options";
    case Stage::kSource:
      return "source";
    case Stage::kDecode:
      return "decode";
    case Stage::kScale:
      return "scale";
    case Stage::kEncode:
      return "encode";
    case Stage::kMux:
      return "mux";
    case Stage::kSink:
      return "sink";
    case Stage::kDevice:
      return "device";
    case Stage::kJob:
      return "job";
  }
  return "job";
}

bool isRetryable(ErrorCode code) {
  switch (code) {
    case ErrorCode::kHostNotFound:
    case ErrorCode::kConnectionRefused:
    case ErrorCode::kConnectionReset:
    case ErrorCode::kTimedOut:
    case ErrorCode::kStalled:
    case ErrorCode::kHttpStatus:
    case ErrorCode::kDeviceLost:
    case ErrorCode::kDeviceOutOfMemory:
    case ErrorCode::kDeviceSessionsExhausted:
    case ErrorCode::kDeviceFailed:
      return true;
    default:
      return false;
  }
}

bool isRetryable(const Error& error) {
  if (error.code != ErrorCode::kHttpStatus || !error.httpStatus) return isRetryable(error.code);
  constexpr int kRequestTimeout = 408;
  constexpr int kTooEarly = 425;
  constexpr int kTooManyRequests = 429;
  const int status = *error.httpStatus;
  return status >= 500 || status == kRequestTimeout || status == kTooEarly ||
         status == kTooManyRequests;
}

}  // namespace millrace
