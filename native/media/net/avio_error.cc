#include "media/net/avio_error.h"

extern "C" {
#include <libavutil/error.h>
}

#include <cerrno>

#include "media/libav.h"
#include "media/log_scope.h"

namespace millrace {
namespace {

struct Meaning {
  ErrorCode code;
  std::string message;
};

Meaning refusedMeaning(const AvioFailure& failure, const std::string& logged) {
  // NetStream.Play.StreamNotFound, which libavformat keeps for its log.
  if (logged.find("NotFound") != std::string::npos ||
      logged.find("not found") != std::string::npos) {
    return {ErrorCode::kNotFound, failure.host + " has no stream of that name."};
  }
  if (failure.scheme == "srt") {
    return {ErrorCode::kUnauthorized,
            failure.host +
                " rejected the SRT connection: check the passphrase, the stream id and "
                "that it listens as a caller's counterpart."};
  }
  return {ErrorCode::kUnauthorized,
          failure.forWriting
              ? failure.host +
                    " did not accept the publication: check the stream key, and that "
                    "nobody is publishing under it already."
              : failure.host + " refused to play the stream: check its name and the permission."};
}

Meaning openMeaning(const AvioFailure& failure, const std::string& logged) {
  const std::string& host = failure.host;
  switch (failure.code) {
    case AVERROR(ECONNREFUSED):
      return {ErrorCode::kConnectionRefused,
              host + " refused the connection: nothing listens on that port."};
    case AVERROR(EHOSTUNREACH):
    case AVERROR(ENETUNREACH):
      return {ErrorCode::kConnectionRefused, host + " cannot be reached: there is no route to it."};
    case AVERROR(ETIMEDOUT):
      return {ErrorCode::kTimedOut, host + " does not answer."};
    case AVERROR(ECONNRESET):
    case AVERROR(EPIPE):
      // Some servers hang up on a publisher or player that they do not want, without a word.
      if (failure.scheme != "srt" && logged.find("handshake") == std::string::npos)
        return refusedMeaning(failure, logged);
      return {ErrorCode::kConnectionReset, host + " broke the connection off."};
    case AVERROR(EINVAL):
    case AVERROR_PROTOCOL_NOT_FOUND:
      return {ErrorCode::kOptionsInvalid,
              "The URL has a part that " + failure.scheme + " does not understand."};
    case AVERROR_INVALIDDATA:
      return {ErrorCode::kProtocol, host + " does not speak " + failure.scheme + " properly."};
    default:
      break;
  }
  // rtmp_handshake() logs this and returns the same EIO as a server that hangs up later, on hearing
  // a name it does not want.
  if (logged.find("handshake") != std::string::npos) {
    return {ErrorCode::kProtocol, host + " does not answer in " + failure.scheme + "."};
  }
  return refusedMeaning(failure, logged);
}

Meaning transferMeaning(const AvioFailure& failure, const std::string& logged) {
  switch (failure.code) {
    case AVERROR(ETIMEDOUT):
      return {ErrorCode::kStalled, failure.host + " no longer answers."};
    case AVERROR(EPERM):  // handle_invoke_status(): the server sent a status of level "error".
      return refusedMeaning(failure, logged);
    case AVERROR_INVALIDDATA:
      return {ErrorCode::kProtocol,
              failure.host + " does not speak " + failure.scheme + " properly."};
    default:
      return {ErrorCode::kConnectionReset, failure.host + " broke the connection off."};
  }
}

}  // namespace

Error avioError(const AvioFailure& failure, const FailureSite& site) {
  const std::string logged = LogScope::takeLastError();
  Meaning meaning =
      failure.opening ? openMeaning(failure, logged) : transferMeaning(failure, logged);
  std::string cause = libavMessage(failure.code);
  if (!logged.empty()) cause += ": " + logged;
  return site.error(meaning.code, std::move(meaning.message), std::move(cause));
}

}  // namespace millrace
