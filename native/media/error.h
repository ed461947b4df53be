#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace millrace {

/// Where in a job something failed. The names are part of the public API (`TranscodeError.stage`).
enum class Stage : std::uint8_t {
  kOptions,
  kSource,
  kDecode,
  kScale,
  kEncode,
  kMux,
  kSink,
  kDevice,
  kJob
};

/// What failed. The names are part of the public API (`TranscodeError.code`) and never change
/// meaning.
enum class ErrorCode : std::uint8_t {
  kOptionsInvalid,     ///< OPTIONS_INVALID: the job was asked for something that cannot be.
  kSchemeDenied,       ///< SCHEME_DENIED: the address policy does not allow this kind of URL here.
  kAddressDenied,      ///< ADDRESS_DENIED: the address policy does not allow this network.
  kHostNotFound,       ///< HOST_NOT_FOUND: the name does not resolve.
  kConnectionRefused,  ///< CONNECTION_REFUSED: nobody listens there.
  kConnectionReset,    ///< CONNECTION_RESET: the peer broke the connection.
  kTimedOut,           ///< TIMED_OUT: no connection, or no first answer, within the deadline.
  kStalled,            ///< STALLED: the connection is up but nothing moved within the deadline.
  kTlsUntrusted,       ///< TLS_UNTRUSTED: the certificate does not verify.
  kTlsFailed,          ///< TLS_FAILED: the TLS handshake or session failed otherwise.
  kUnauthorized,   ///< UNAUTHORIZED: HTTP 401 or 403, or the server refused to let us publish or
                   ///< play.
  kNotFound,       ///< NOT_FOUND: HTTP 404 or 410, or a file that is not there.
  kHttpStatus,     ///< HTTP_STATUS: any other HTTP status that is no success, a redirect included
                   ///< that cannot be followed.
  kProtocol,       ///< PROTOCOL: the peer does not speak the protocol properly.
  kFileFailed,     ///< FILE_FAILED: a local file cannot be opened, read or written.
  kStreamFailed,   ///< STREAM_FAILED: the Node stream given as input or output failed.
  kFormatInvalid,  ///< FORMAT_INVALID: the bytes are not the container they should be.
  kNoMedia,        ///< NO_MEDIA: the source ended without any audio or video, or far before the
                   ///< point to resume at.
  kCodecUnsupported,   ///< CODEC_UNSUPPORTED: no decoder, encoder or container mapping for this
                       ///< codec.
  kDecodeFailed,       ///< DECODE_FAILED
  kScaleFailed,        ///< SCALE_FAILED
  kEncodeFailed,       ///< ENCODE_FAILED
  kMuxFailed,          ///< MUX_FAILED
  kDeviceUnavailable,  ///< DEVICE_UNAVAILABLE: the GPU asked for is not there or lacks the unit.
  kDeviceLost,         ///< DEVICE_LOST: the GPU is gone, or nothing works on it any more.
  kDeviceOutOfMemory,  ///< DEVICE_OUT_OF_MEMORY: the GPU's memory is used up.
  kDeviceSessionsExhausted,  ///< DEVICE_SESSIONS_EXHAUSTED: the driver gives no more encoder
                             ///< sessions.
  kDeviceFailed,             ///< DEVICE_FAILED: the GPU's driver failed otherwise.
  kCancelled,                ///< CANCELLED: the owner of the job cancelled it.
  kInternal,                 ///< INTERNAL: a defect of Millrace.
};

/// The stable public spelling, e.g. `CONNECTION_REFUSED`.
std::string_view name(ErrorCode code);
/// The stable public spelling, e.g. `source`.
std::string_view name(Stage stage);
/// Whether trying the same thing again later can help.
bool isRetryable(ErrorCode code);

/// A failure as a value. Copyable, owns everything, safe to hand between threads. Holds no secrets:
/// whoever sets `url` passes it through `redactUrl` first.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  Stage stage = Stage::kJob;
  std::string message;            ///< A full sentence for a person.
  std::string url;                ///< Redacted; empty when no URL is concerned.
  std::string cause;              ///< The library's own words; may be empty.
  std::optional<int> httpStatus;  ///< Set with kHttpStatus, kUnauthorized and kNotFound over HTTP.
};

/// Likewise, knowing the HTTP status: 503 can pass, 400 cannot.
bool isRetryable(const Error& error);

/// A value or the error that took its place; the shape of C++23's std::expected.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(*-explicit-*)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(*-explicit-*)

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

  explicit operator bool() const { return !error_.has_value(); }
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace millrace
