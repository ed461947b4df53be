#include "media/net/http_sink.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "media/net/http_headers.h"

namespace millrace {
namespace {

std::string_view contentTypeOf(Container container) {
  switch (container) {
    case Container::kMpegTs:
      return "video/mp2t";
    case Container::kFlv:
      return "video/x-flv";
    case Container::kFragmentedMp4:
      return "video/mp4";
  }
  return "application/octet-stream";
}

bool names(const HttpHeaders& headers, std::string_view wanted) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    return httpHeaderValue(header.first + ":", wanted).has_value();
  });
}

}  // namespace

HttpSink::HttpSink(std::shared_ptr<HttpConnections> connections, const OutputOptions& output)
    : connections_(std::move(connections)), output_(output) {
  if (output_.container && !names(output_.headers, "content-type")) {
    output_.headers.emplace_back("Content-Type", contentTypeOf(*output_.container));
  }
}

Result<std::unique_ptr<HttpSink>> HttpSink::open(std::shared_ptr<HttpConnections> connections,
                                                 const OutputOptions& output,
                                                 const AddressPolicy& policy) {
  if (output.httpMethod != "PUT" && output.httpMethod != "POST") {
    return FailureSite(Stage::kSink, output.url)
        .error(ErrorCode::kOptionsInvalid, "The HTTP method of an output is PUT or POST.");
  }
  std::unique_ptr<HttpSink> sink(new HttpSink(std::move(connections), output));
  if (auto connected = sink->connect(policy); !connected) return std::move(connected).error();
  return sink;
}

Result<void> HttpSink::write(std::span<const std::uint8_t> bytes) {
  // First what the server said since the last access unit: a reply read after a failed send is
  // lost.
  connections_->runReady();
  if (auto goingOn = checkGoingOn(); !goingOn) return goingOn;
  pending_ = bytes;
  if (std::exchange(wanted_, false)) request_->resume();
  auto sent = runUntil([&] { return pending_.empty() && wanted_ && !request_->hasUnsent(); },
                       "The output took no bytes for ");
  pending_ = {};
  return sent;
}

Result<void> HttpSink::finish() {
  connections_->runReady();
  ended_ = true;
  if (std::exchange(wanted_, false)) request_->resume();
  auto answered = runUntil([&] { return request_->isDone(); },
                           "The output was sent whole, but the server has not confirmed it for ");
  if (!answered) return answered;
  if (auto failure = request_->failure()) return *std::move(failure);
  if (!request_->reply().isSuccess()) return request_->refusal();
  return {};
}

Result<void> HttpSink::connect(const AddressPolicy& policy) {
  const SteadyTime deadline = deadlineAfter(output_.connectTimeout);
  HttpRequestOptions options{Stage::kSink, output_.url, output_.headers, output_.tls};
  options.chunkedUpload = true;
  auto prepared = HttpRequest::prepare(connections_, std::move(options), policy, deadline, *this);
  if (!prepared) return std::move(prepared).error();
  request_ = *std::move(prepared);
  curl_easy_setopt(request_->handle(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(request_->handle(), CURLOPT_CUSTOMREQUEST, output_.httpMethod.c_str());
  request_->start();
  // libcurl asks for the body once the head is on its way.
  while (!wanted_ || request_->hasUnsent()) {
    if (auto goingOn = checkGoingOn(); !goingOn) return goingOn;
    if (SteadyClock::now() >= deadline) return request_->timeout(output_.connectTimeout);
    connections_->run(deadline);
  }
  request_->limitUnacknowledged(output_.stallTimeout);
  return checkGoingOn();
}

template <typename Condition>
Result<void> HttpSink::runUntil(Condition done, const char* stalledMessage) {
  curl_off_t sent = request_->sentBytes();
  SteadyTime deadline = deadlineAfter(output_.stallTimeout);
  while (!done()) {
    if (auto goingOn = checkGoingOn(); !goingOn) return goingOn;
    connections_->run(deadline);
    if (const curl_off_t now = request_->sentBytes(); now != sent) {
      sent = now;
      deadline = deadlineAfter(output_.stallTimeout);
    } else if (SteadyClock::now() >= deadline && !done()) {
      return request_->site().error(ErrorCode::kStalled,
                                    stalledMessage + inSeconds(output_.stallTimeout) + ".");
    }
  }
  return {};
}

Result<void> HttpSink::checkGoingOn() const {
  if (connections_->stopped()) return request_->site().cancelled();
  const HttpReply& reply = request_->reply();
  if (reply.headComplete && !reply.isSuccess()) return request_->refusal();
  if (!request_->isDone()) return {};
  if (auto failure = request_->failure()) return *std::move(failure);
  if (ended_) return {};
  return request_->site().error(ErrorCode::kConnectionReset,
                                "The server ended the upload before its end.", reply.statusLine);
}

std::size_t HttpSink::supply(std::span<char> into) {
  if (pending_.empty()) {
    if (ended_) return 0;
    wanted_ = true;
    return CURL_READFUNC_PAUSE;
  }
  const std::size_t count = std::min(into.size(), pending_.size());
  std::copy_n(pending_.begin(), count, into.begin());
  pending_ = pending_.subspan(count);
  return count;
}

}  // namespace millrace
