#include "addon/byte_input.h"

#include <utility>

namespace millrace::addon {
namespace {

constexpr napi_type_tag kTypeTag{0x8f1d0f6b3a5c4e21, 0x9b7e52c4d1a60f38};

}  // namespace

Napi::Function ByteInput::define(Napi::Env env) {
  return DefineClass(
      env, "ByteInput",
      {InstanceMethod<&ByteInput::write>("write"), InstanceMethod<&ByteInput::end>("end"),
       InstanceMethod<&ByteInput::fail>("fail"), InstanceMethod<&ByteInput::close>("close")});
}

ByteInput& ByteInput::unwrap(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTypeTag)) {
    throw Napi::TypeError::New(value.Env(), "The input stream is not a ByteInput of this addon.");
  }
  return *Unwrap(value.As<Napi::Object>());
}

ByteInput::ByteInput(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
  onEvent_ = Napi::Persistent(info[0].As<Napi::Function>());
  doorbell_ =
      Doorbell::create(info.Env(), "millrace.ByteInput", [this](Napi::Env env) { tell(env); });
  doorbell_->unref();  // The job keeps the process alive, not its streams.
  queue_ = std::make_shared<InputQueue>([doorbell = doorbell_] { doorbell->ring(); });
}

Napi::Value ByteInput::write(const Napi::CallbackInfo& info) {
  const auto bytes = info[0].As<Napi::Uint8Array>();
  return Napi::Boolean::New(info.Env(), queue_->write({bytes.Data(), bytes.ByteLength()}));
}

void ByteInput::end(const Napi::CallbackInfo& /*info*/) { queue_->end(); }

void ByteInput::fail(const Napi::CallbackInfo& info) {
  queue_->fail(info[0].As<Napi::String>().Utf8Value());
}

void ByteInput::close(const Napi::CallbackInfo& /*info*/) {
  doorbell_->close();
  onEvent_.Reset();
}

void ByteInput::tell(Napi::Env env) {
  const InputQueue::News news = queue_->takeNews();
  if (news.drained) onEvent_.Call({Napi::String::New(env, "drain")});
  // The first call may have closed this object.
  if (news.closed && !onEvent_.IsEmpty()) onEvent_.Call({Napi::String::New(env, "closed")});
}

}  // namespace millrace::addon
