#pragma once

#include <set>

#include "addon/node_api.h"

namespace millrace::addon {

/// Something with native threads that must be gone before the JavaScript thread is.
class Running {
 public:
  virtual ~Running() = default;
  /// JavaScript thread. Returns at once.
  virtual void cancel() = 0;
  /// JavaScript thread, after `cancel`. Returns when no thread is left.
  virtual void join() = 0;
};

/// What the addon keeps for one JavaScript thread; nothing is kept anywhere else, so that worker
/// threads and several copies of the package go side by side. Owned by the environment, as its
/// instance data, and used on its JavaScript thread alone.
class AddonState {
 public:
  explicit AddonState(Napi::Env env);
  AddonState(const AddonState&) = delete;
  AddonState& operator=(const AddonState&) = delete;

  static AddonState& of(Napi::Env env) { return *env.GetInstanceData<AddonState>(); }

  /// Both are borrowed until `remove`.
  void add(Running& running) { running_.insert(&running); }
  void remove(Running& running) { running_.erase(&running); }
  /// Cancels everything and waits for it: at the end of the process or of the worker.
  void endAll();

 private:
  std::set<Running*> running_;
};

}  // namespace millrace::addon
