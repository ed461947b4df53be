#include "addon/byte_output.h"

#include <cstdint>
#include <span>

namespace millrace::addon {
namespace {

constexpr napi_type_tag kTypeTag{0x41c7be90d2f84a6d, 0xa3560e1f7c28b94d};

}  // namespace

Napi::Function ByteOutput::define(Napi::Env env) {
  return DefineClass(
      env, "ByteOutput",
      {InstanceMethod<&ByteOutput::acknowledge>("acknowledge"),
       InstanceMethod<&ByteOutput::fail>("fail"), InstanceMethod<&ByteOutput::close>("close")});
}

ByteOutput& ByteOutput::unwrap(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTypeTag)) {
    throw Napi::TypeError::New(value.Env(), "The output stream is not a ByteOutput of this addon.");
  }
  return *Unwrap(value.As<Napi::Object>());
}

ByteOutput::ByteOutput(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
  onEvent_ = Napi::Persistent(info[0].As<Napi::Function>());
  doorbell_ =
      Doorbell::create(info.Env(), "millrace.ByteOutput", [this](Napi::Env env) { tell(env); });
  doorbell_->unref();  // The job keeps the process alive, not its streams.
  handoff_ = std::make_shared<OutputHandoff>([doorbell = doorbell_] { doorbell->ring(); });
}

void ByteOutput::acknowledge(const Napi::CallbackInfo& /*info*/) { handoff_->acknowledge(); }

void ByteOutput::fail(const Napi::CallbackInfo& info) {
  handoff_->fail(info[0].As<Napi::String>().Utf8Value());
}

void ByteOutput::close(const Napi::CallbackInfo& /*info*/) {
  doorbell_->close();
  onEvent_.Reset();
}

void ByteOutput::tell(Napi::Env env) {
  napi_value bytes = env.Undefined();
  const OutputHandoff::Request request =
      handoff_->takeRequest([&](std::span<const std::uint8_t> lent) {
        bytes = Napi::Buffer<std::uint8_t>::Copy(env, lent.data(), lent.size());
      });
  switch (request) {
    case OutputHandoff::Request::kNone:
      return;
    case OutputHandoff::Request::kWrite:
      onEvent_.Call({Napi::String::New(env, "write"), bytes});
      return;
    case OutputHandoff::Request::kFinish:
      onEvent_.Call({Napi::String::New(env, "finish")});
      return;
    case OutputHandoff::Request::kClosed:
      onEvent_.Call({Napi::String::New(env, "closed")});
      return;
  }
}

}  // namespace millrace::addon
