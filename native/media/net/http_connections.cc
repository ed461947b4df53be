#include "media/net/http_connections.h"

#include <algorithm>
#include <ctime>
#include <mutex>
#include <new>

namespace millrace {
namespace {

CURLM* makeMulti() {
  static std::once_flag initialised;
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

timespec timeLeft(SteadyTime deadline) {
  const SteadyTime now = SteadyClock::now();
  const auto left = std::max(deadline, now) - now;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {static_cast<time_t>(seconds.count()),
          static_cast<long>(std::chrono::nanoseconds(left - seconds).count())};
}

short pollEvents(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return POLLIN;
    case CURL_POLL_OUT:
      return POLLOUT;
    case CURL_POLL_INOUT:
      return POLLIN | POLLOUT;
    default:
      return 0;
  }
}

int curlEvents(short revents) {
  int events = 0;
  // A hang-up is read like data: what came before it, a reply for instance, must not be lost.
  if (revents & (POLLIN | POLLHUP)) events |= CURL_CSELECT_IN;
  if (revents & POLLOUT) events |= CURL_CSELECT_OUT;
  if (revents & (POLLERR | POLLNVAL)) events |= CURL_CSELECT_ERR;
  return events;
}

}  // namespace

HttpConnections::HttpConnections(std::stop_token stop)
    : wake_(std::move(stop)), waits_{{wake_.descriptor(), POLLIN, 0}}, multi_(makeMulti()) {
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &HttpConnections::onSocket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &HttpConnections::onTimer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
}

void HttpConnections::add(CURL* transfer, HttpTransferListener& listener) {
  curl_easy_setopt(transfer, CURLOPT_PRIVATE, &listener);
  if (curl_multi_add_handle(multi_.get(), transfer) != CURLM_OK) throw std::bad_alloc();
}

void HttpConnections::remove(CURL* transfer) { curl_multi_remove_handle(multi_.get(), transfer); }

void HttpConnections::run(SteadyTime until) {
  if (stopped()) return;
  const timespec timeout = timeLeft(std::min(until, timer_));
  const int ready = ppoll(waits_.data(), waits_.size(), &timeout, nullptr);
  if (stopped()) return;
  if (SteadyClock::now() >= timer_) {
    timer_ = SteadyTime::max();
    act(CURL_SOCKET_TIMEOUT, 0);
  }
  if (ready > 0) {
    // A copy: acting on one socket adds and removes others.
    const std::vector<pollfd> waits(waits_.begin() + 1, waits_.end());
    for (const pollfd& wait : waits) {
      if (wait.revents != 0) act(wait.fd, curlEvents(wait.revents));
    }
  }
  reportEnded();
}

bool HttpConnections::hasUnsent(curl_socket_t socket) const {
  return std::any_of(waits_.begin() + 1, waits_.end(), [&](const pollfd& wait) {
    return wait.fd == socket && (wait.events & POLLOUT) != 0;
  });
}

int HttpConnections::onSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& waits = static_cast<HttpConnections*>(self)->waits_;
  const auto known = std::find_if(waits.begin() + 1, waits.end(),
                                  [&](const pollfd& wait) { return wait.fd == socket; });
  // A paused transfer wants nothing; polled all the same, its hang-up would end every wait.
  if (what == CURL_POLL_REMOVE || what == CURL_POLL_NONE) {
    if (known != waits.end()) waits.erase(known);
  } else if (known != waits.end()) {
    known->events = pollEvents(what);
  } else {
    waits.push_back({socket, pollEvents(what), 0});
  }
  return 0;
}

int HttpConnections::onTimer(CURLM*, long timeoutMs, void* self) {
  static_cast<HttpConnections*>(self)->timer_ =
      timeoutMs < 0 ? SteadyTime::max() : SteadyClock::now() + std::chrono::milliseconds(timeoutMs);
  return 0;
}

void HttpConnections::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, events, &running);
}

void HttpConnections::reportEnded() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode result = message->data.result;
    char* listener = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &listener);
    reinterpret_cast<HttpTransferListener*>(listener)->onTransferDone(result);
  }
}

}  // namespace millrace
