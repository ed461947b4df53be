#include "media/net/http_source.h"

#include <algorithm>
#include <utility>

#include "media/net/http_headers.h"
#include "media/url.h"
#include "media/url_redaction.h"
#include "media/url_reference.h"

namespace millrace {
namespace {

constexpr std::size_t kMaxAheadBytes = 1024 * 1024;
constexpr int kMaxRedirects = 10;

std::string rangeText(const ByteRange& range) {
  const std::string from = std::to_string(range.offset) + "-";
  return range.length ? from + std::to_string(range.offset + *range.length - 1) : from;
}

}  // namespace

HttpSource::HttpSource(std::shared_ptr<HttpConnections> connections, const InputOptions& input,
                       std::optional<ByteRange> range)
    : connections_(std::move(connections)), input_(input), range_(range), url_(input.url) {}

Result<std::unique_ptr<HttpSource>> HttpSource::open(std::shared_ptr<HttpConnections> connections,
                                                     const InputOptions& input,
                                                     const AddressPolicy& policy,
                                                     std::optional<ByteRange> range) {
  std::unique_ptr<HttpSource> source(new HttpSource(std::move(connections), input, range));
  if (auto opened = source->openFollowingRedirects(policy); !opened) {
    return std::move(opened).error();
  }
  return source;
}

Result<std::size_t> HttpSource::read(std::span<std::uint8_t> into) {
  if (connections_->stopped()) return request_->site().cancelled();
  const SteadyTime deadline = deadlineAfter(input_.stallTimeout);
  while (readFrom_ == arrived_.size()) {
    if (toDeliver_ == 0U || request_->isDone()) return endOrFailure();
    if (std::exchange(paused_, false)) {
      request_->resume();
      connections_->runReady();
    } else {
      connections_->run(deadline);
    }
    if (connections_->stopped()) return request_->site().cancelled();
    if (readFrom_ == arrived_.size() && !request_->isDone() && SteadyClock::now() >= deadline) {
      return request_->site().error(ErrorCode::kStalled, "The source sent nothing for " +
                                                             inSeconds(input_.stallTimeout) +
                                                             ", although the connection is up.");
    }
  }
  const std::size_t count = std::min(into.size(), arrived_.size() - readFrom_);
  std::copy_n(arrived_.begin() + static_cast<std::ptrdiff_t>(readFrom_), count, into.begin());
  readFrom_ += count;
  if (readFrom_ == arrived_.size()) {
    arrived_.clear();
    readFrom_ = 0;
  }
  return count;
}

bool HttpSource::drained() const {
  return readFrom_ == arrived_.size() && !paused_ && !request_->isDone() && !request_->hasUnread();
}

Result<void> HttpSource::openFollowingRedirects(const AddressPolicy& policy) {
  const SteadyTime deadline = deadlineAfter(input_.connectTimeout);
  for (int redirects = 0;; ++redirects) {
    if (auto head = requestAndAwaitHead(policy, deadline); !head) return head;
    if (!request_->reply().isRedirect()) return acceptReply();
    auto target = redirectTarget();
    if (!target) return std::move(target).error();
    if (redirects == kMaxRedirects) {
      return request_->site().error(ErrorCode::kProtocol,
                                    "The server redirects in circles: gave up after ten times.");
    }
    if (!isSameOrigin(url_, *target)) input_.headers = withoutCredentials(input_.headers);
    url_ = *std::move(target);
  }
}

Result<void> HttpSource::requestAndAwaitHead(const AddressPolicy& policy, SteadyTime deadline) {
  request_.reset();
  arrived_.clear();
  paused_ = false;
  HttpRequestOptions options{Stage::kSource, url_, input_.headers, input_.tls};
  auto prepared = HttpRequest::prepare(connections_, std::move(options), policy, deadline, *this);
  if (!prepared) return std::move(prepared).error();
  request_ = *std::move(prepared);
  if (range_) {
    curl_easy_setopt(request_->handle(), CURLOPT_RANGE, rangeText(*range_).c_str());
  }
  request_->start();
  while (!request_->reply().headComplete) {
    if (request_->isDone()) {
      auto failure = request_->failure();
      return failure ? *failure
                     : request_->site().error(ErrorCode::kProtocol, "The server sent no reply.");
    }
    connections_->run(deadline);
    if (connections_->stopped()) return request_->site().cancelled();
    if (!request_->reply().headComplete && !request_->isDone() && SteadyClock::now() >= deadline) {
      return request_->timeout(input_.connectTimeout);
    }
  }
  return {};
}

Result<std::string> HttpSource::redirectTarget() const {
  const std::string& location = request_->reply().location;
  if (location.empty()) return request_->refusal();
  auto target = resolveReference(url_, location);
  if (!target) {
    return request_->site().error(ErrorCode::kProtocol, "The server redirects to what is no URL.",
                                  redactUrl(location));
  }
  const std::string scheme = schemeOf(*target);
  if (scheme == "http" || scheme == "https") return *std::move(target);
  return request_->site().error(
      ErrorCode::kSchemeDenied,
      "The server redirects to " + redactUrl(*target) + "; only http and https are followed.");
}

Result<void> HttpSource::acceptReply() {
  if (!request_->reply().isSuccess()) return request_->refusal();
  if (!range_) return {};
  constexpr int kPartialContent = 206;
  // A server without byte ranges answers 200 and sends everything.
  if (request_->reply().status != kPartialContent) toSkip_ = range_->offset;
  toDeliver_ = range_->length;
  // What came along with the head has been taken in before this was known.
  std::vector<std::uint8_t> early;
  std::swap(early, arrived_);
  receive({reinterpret_cast<const char*>(early.data()), early.size()});
  return {};
}

Result<std::size_t> HttpSource::endOrFailure() const {
  if (auto failure = request_->failure()) {
    if (toDeliver_ != 0U) return *std::move(failure);
  }
  if (toDeliver_.value_or(0) == 0) return std::size_t{0};
  return request_->site().error(ErrorCode::kConnectionReset,
                                "The resource ends before the end of the byte range asked for.");
}

bool HttpSource::receive(std::span<const char> bytes) {
  arrived_.erase(arrived_.begin(), arrived_.begin() + static_cast<std::ptrdiff_t>(readFrom_));
  readFrom_ = 0;
  if (!arrived_.empty() && arrived_.size() + bytes.size() > kMaxAheadBytes) {
    paused_ = true;
    return false;
  }
  const std::size_t skipped = std::min<std::uint64_t>(toSkip_, bytes.size());
  toSkip_ -= skipped;
  bytes = bytes.subspan(skipped);
  if (toDeliver_) {
    bytes = bytes.first(std::min<std::uint64_t>(*toDeliver_, bytes.size()));
    *toDeliver_ -= bytes.size();
  }
  arrived_.insert(arrived_.end(), bytes.begin(), bytes.end());
  return true;
}

}  // namespace millrace
