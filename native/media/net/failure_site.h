#pragma once

#include <string>
#include <utility>

#include "media/error.h"
#include "media/url_redaction.h"

namespace millrace {

/// Where a connection's errors happen: everything in an Error that does not depend on what failed.
/// A value; the URL is redacted on the way in.
class FailureSite {
 public:
  FailureSite(Stage stage, const std::string& url) : stage_(stage), url_(redactUrl(url)) {}

  Error error(ErrorCode code, std::string message, std::string cause = "") const {
    return {code, stage_, std::move(message), url_, std::move(cause), std::nullopt};
  }
  Error cancelled() const { return error(ErrorCode::kCancelled, "The job was cancelled."); }

  Stage stage() const { return stage_; }
  const std::string& url() const { return url_; }

 private:
  Stage stage_;
  std::string url_;
};

}  // namespace millrace
