#include "addon/addon_state.h"

#include <utility>

namespace millrace::addon {

AddonState::AddonState(Napi::Env env) {
  env.AddCleanupHook([](AddonState* state) { state->endAll(); }, this);
}

void AddonState::endAll() {
  const std::set<Running*> ending = std::exchange(running_, {});
  // All at once, so that they end side by side.
  for (Running* running : ending) running->cancel();
  for (Running* running : ending) running->join();
}

}  // namespace millrace::addon
