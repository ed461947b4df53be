#include "addon/doorbell.h"

#include <utility>

namespace millrace::addon {

std::shared_ptr<Doorbell> Doorbell::create(Napi::Env env, const char* name, Answer answer) {
  std::shared_ptr<Doorbell> doorbell(new Doorbell(env, std::move(answer)));
  auto context = std::make_unique<std::shared_ptr<Doorbell>>(doorbell);
  const napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, Napi::String::New(env, name), 0, 1, nullptr, &Doorbell::finalize,
      context.get(), &Doorbell::callJs, &doorbell->function_);
  if (status != napi_ok) throw Napi::Error::New(env);
  static_cast<void>(context.release());  // finalize's now
  doorbell->open_ = true;
  // Hooks run in reverse order: this one before the function's own, after which it must not be
  // touched.
  napi_add_env_cleanup_hook(env, &Doorbell::closeWithEnvironment, doorbell.get());
  return doorbell;
}

void Doorbell::ring() {
  const std::lock_guard lock(mutex_);
  if (!open_ || rung_) return;
  rung_ = napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking) == napi_ok;
}

void Doorbell::unref() { napi_unref_threadsafe_function(env_, function_); }

void Doorbell::close() {
  const std::lock_guard lock(mutex_);
  if (!open_) return;
  open_ = false;
  napi_remove_env_cleanup_hook(env_, &Doorbell::closeWithEnvironment, this);
  napi_release_threadsafe_function(function_, napi_tsfn_abort);
}

void Doorbell::visit(Napi::Env env) {
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    rung_ = false;
  }
  answer_(env);
}

void Doorbell::callJs(napi_env env, napi_value /*function*/, void* context, void* /*data*/) {
  if (env == nullptr) return;  // The environment is going away.
  const std::shared_ptr<Doorbell> self = *static_cast<std::shared_ptr<Doorbell>*>(context);
  try {
    self->visit(env);
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();  // Becomes an uncaughtException, as it should.
  }
}

void Doorbell::finalize(napi_env /*env*/, void* /*data*/, void* context) {
  delete static_cast<std::shared_ptr<Doorbell>*>(context);
}

void Doorbell::closeWithEnvironment(void* self) { static_cast<Doorbell*>(self)->close(); }

}  // namespace millrace::addon
