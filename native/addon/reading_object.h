#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "addon/addon_state.h"
#include "addon/doorbell.h"
#include "addon/job_options_from_js.h"
#include "addon/node_api.h"

namespace millrace::addon {

/// JavaScript's end of what reads a medium on threads of its own and says one thing: how it ended.
/// `NativeReading` of src/addon.ts says what its methods do.
///
/// `Kind` says which: `kName` for JavaScript; `Reading`, made of its `Options` and a callback that
/// is called once, on any thread, with an `End`; `readOptions`, which fills in what is its own of
/// the options; `endToJs`, which gives JavaScript's callback what it is called with.
///
/// Life: constructed idle; from `start` on it keeps itself and the process alive, until the end has
/// been told.
///
/// Owned by the JavaScript engine and used on its thread.
template <typename Kind>
class ReadingObject final : public Napi::ObjectWrap<ReadingObject<Kind>>, private Running {
  using Self = ReadingObject<Kind>;
  using Wrap = Napi::ObjectWrap<Self>;
  using Reading = typename Kind::Reading;
  using End = typename Kind::End;

 public:
  static Napi::Function define(Napi::Env env) {
    return Wrap::DefineClass(env, Kind::kName,
                             {Wrap::template InstanceMethod<&Self::start>("start"),
                              Wrap::template InstanceMethod<&Self::cancel>("cancel")});
  }

  explicit ReadingObject(const Napi::CallbackInfo& info) : Wrap(info) {
    const auto options = info[0].As<Napi::Object>();
    options_.emplace();
    options_->input = inputOptionsFromJs(options);
    options_->policy = addressPolicyFromJs(options);
    const Napi::Value durationMs = options.Get("durationMs");
    if (durationMs.IsNumber())
      options_->duration = std::chrono::milliseconds(durationMs.As<Napi::Number>().Int64Value());
    Kind::readOptions(options, *options_);
    onEnd_ = Napi::Persistent(info[1].As<Napi::Function>());
  }
  ~ReadingObject() override = default;

 private:
  void start(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!options_) throw Napi::Error::New(env, "A medium is read only once by this.");
    typename Reading::Options options = std::move(*options_);
    options_.reset();
    doorbell_ = Doorbell::create(env, Kind::kName, [this](Napi::Env visited) { tell(visited); });
    this->Ref();
    AddonState::of(env).add(*this);
    try {
      reading_ = std::make_unique<Reading>(std::move(options), [this](End end) {
        {
          const std::lock_guard lock(mutex_);
          end_.emplace(std::move(end));
        }
        doorbell_->ring();
      });
      reading_->start();
    } catch (const std::exception& error) {
      close(env);
      throw Napi::Error::New(env, std::string("Reading could not be started: ") + error.what());
    }
  }

  void cancel(const Napi::CallbackInfo& /*info*/) { cancel(); }

  void cancel() override {
    if (reading_) reading_->cancel();
  }

  void join() override { reading_.reset(); }

  void tell(Napi::Env env) {
    [[maybe_unused]] const Napi::Object self = this->Value();  // Not to be collected meanwhile.
    const Napi::Function onEnd = onEnd_.Value();
    // The threads have said their last: there is next to nothing to wait for.
    join();
    std::optional<End> end;
    {
      const std::lock_guard lock(mutex_);
      end.swap(end_);
    }
    if (!end) return;
    const Napi::Value told = Kind::endToJs(env, *end);
    close(env);
    onEnd.Call({told});
  }

  void close(Napi::Env env) {
    join();
    AddonState::of(env).remove(*this);
    doorbell_->close();
    onEnd_.Reset();
    this->Unref();
  }

  std::optional<typename Reading::Options> options_;  ///< Until the start.
  Napi::FunctionReference onEnd_;
  std::shared_ptr<Doorbell> doorbell_;
  std::mutex mutex_;  ///< Guards `end_`, which a reading thread sets.
  std::optional<End> end_;
  std::unique_ptr<Reading> reading_;  ///< From the start to the end.
};

}  // namespace millrace::addon
