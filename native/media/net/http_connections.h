#pragma once

#include <curl/curl.h>
#include <poll.h>

#include <memory>
#include <stop_token>
#include <vector>

#include "media/net/deadline.h"
#include "media/net/wake_signal.h"

namespace millrace {

/// One transfer's end, told by HttpConnections.
class HttpTransferListener {
 public:
  virtual void onTransferDone(CURLcode result) = 0;

 protected:
  ~HttpTransferListener() = default;
};

/// libcurl's transfers and its kept-alive connections, with the waiting done here on the calling
/// thread: no thread per transfer, and a stop token that ends every wait at once. libcurl's socket
/// interface is used because it is the only one that says whether a transfer still has bytes for
/// its socket, which is how a sink knows that an access unit has left.
///
/// Threads: made, used and destroyed by one thread; the stop token may be stopped on any. Outlives
/// the transfers added to it. The constructor throws std::system_error or std::bad_alloc when the
/// process is out of descriptors or memory.
class HttpConnections {
 public:
  explicit HttpConnections(std::stop_token stop);
  HttpConnections(const HttpConnections&) = delete;
  HttpConnections& operator=(const HttpConnections&) = delete;

  /// Starts `transfer` with the next `run`. `listener` hears of its end once, inside `run`.
  void add(CURL* transfer, HttpTransferListener& listener);
  /// Breaks it off if it has not ended. A no-op for one that was never added.
  void remove(CURL* transfer);

  /// Waits for something to do until `until`, then does it once. Returns at once when stopped.
  void run(SteadyTime until);
  /// Does what can be done without waiting.
  void runReady() { run(SteadyTime::min()); }

  bool stopped() const { return wake_.stopped(); }
  const std::stop_token& stopToken() const { return wake_.token(); }
  /// Whether bytes given to libcurl have not been taken by the kernel yet.
  bool hasUnsent(curl_socket_t socket) const;

 private:
  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  static int onSocket(CURL* transfer, curl_socket_t socket, int what, void* self, void* unused);
  static int onTimer(CURLM* multi, long timeoutMs, void* self);
  void act(curl_socket_t socket, int events);
  void reportEnded();

  WakeSignal wake_;
  /// First the wake signal, then every socket libcurl waits for.
  std::vector<pollfd> waits_;
  SteadyTime timer_ = SteadyTime::max();
  // Last: its destructor still calls onSocket and onTimer.
  std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace millrace
