#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "addon/node_api.h"

namespace millrace::addon {

/// Lets any thread ask for a visit of the JavaScript thread. However often it rings before
/// JavaScript has time, one visit comes, so nothing piles up while JavaScript is busy.
///
/// Threads: `ring` from any; everything else on the JavaScript thread. Shared: the threads that
/// ring may outlive whoever answers, and after `close` (or the end of the environment) ringing is
/// silent.
class Doorbell {
 public:
  using Answer = std::function<void(Napi::Env)>;

  /// Until closed, a referenced doorbell keeps the process alive. `answer` is never called after
  /// `close`. `name` is what asynchronous hooks show.
  static std::shared_ptr<Doorbell> create(Napi::Env env, const char* name, Answer answer);
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  /// Never blocks.
  void ring();
  /// Lets the process end although this doorbell is open.
  void unref();
  void close();

 private:
  Doorbell(Napi::Env env, Answer answer) : env_(env), answer_(std::move(answer)) {}
  void visit(Napi::Env env);

  static void callJs(napi_env env, napi_value function, void* context, void* data);
  static void finalize(napi_env env, void* data, void* context);
  static void closeWithEnvironment(void* self);

  const Napi::Env env_;
  const Answer answer_;
  std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;  ///< Valid while open_.
  bool open_ = false;                            ///< Guarded by mutex_; likewise rung_.
  bool rung_ = false;
};

}  // namespace millrace::addon
