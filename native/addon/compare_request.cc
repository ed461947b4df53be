#include "addon/compare_request.h"

#include <string>
#include <system_error>
#include <utility>

#include "addon/compare_options_from_js.h"
#include "addon/compare_outcome_to_js.h"
#include "media/compare/compare_pictures.h"

namespace millrace::addon {

Napi::Value CompareRequest::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ComparisonOptions options = comparisonOptionsFromJs(info[0]);
  std::unique_ptr<CompareRequest> owned(new CompareRequest(env));
  CompareRequest* request = owned.get();
  request->doorbell_ = Doorbell::create(env, "millrace.comparePictures",
                                        [request](Napi::Env visited) { request->settle(visited); });
  try {
    request->thread_ = std::jthread([request, options = std::move(options)] {
      request->outcome_ = comparePictures(options, request->stop_.get_token());
      request->doorbell_->ring();
    });
  } catch (const std::system_error& error) {
    request->doorbell_->close();
    throw Napi::Error::New(env, std::string("No thread can be started: ") + error.what());
  }
  AddonState::of(env).add(*request);
  static_cast<void>(owned.release());  // settle's or join's now
  Napi::Object comparison = Napi::Object::New(env);
  comparison.Set("outcome", request->deferred_.Promise());
  // May be called when the request is long gone.
  comparison.Set("cancel", Napi::Function::New(
                               env, [stop = request->stop_](const Napi::CallbackInfo&) mutable {
                                 stop.request_stop();
                               }));
  return comparison;
}

void CompareRequest::join() {
  thread_.join();
  doorbell_->close();
  delete this;
}

void CompareRequest::settle(Napi::Env env) {
  AddonState::of(env).remove(*this);
  deferred_.Resolve(comparisonOutcomeToJs(env, *outcome_));
  join();
}

}  // namespace millrace::addon
