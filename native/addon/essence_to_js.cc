#include "addon/essence_to_js.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace millrace::addon {
namespace {

const char* nameOf(EssenceCodec codec) {
  switch (codec) {
    case EssenceCodec::kH264:
      return "h264";
    case EssenceCodec::kHevc:
      return "hevc";
    case EssenceCodec::kAv1:
      return "av1";
    case EssenceCodec::kAac:
      return "aac";
    case EssenceCodec::kOpus:
      return "opus";
    case EssenceCodec::kOther:
      break;
  }
  return "other";
}

/// Exact up to 2^53.
Napi::Number number(Napi::Env env, std::int64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Buffer<std::uint8_t> bytesToJs(Napi::Env env, const std::vector<Digest>& digests) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(digests.data());
  return Napi::Buffer<std::uint8_t>::Copy(env, bytes, digests.size() * sizeof(Digest));
}

template <typename Array, typename Item>
Array arrayToJs(Napi::Env env, const std::vector<Item>& items) {
  Array array = Array::New(env, items.size());
  std::copy(items.begin(), items.end(), array.Data());
  return array;
}

Napi::Object trackToJs(Napi::Env env, const EssenceTrack& track) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", track.video ? "video" : "audio");
  object.Set("codec", nameOf(track.codec));
  object.Set("units", number(env, track.units));
  object.Set("parameters", hexOf(track.parameters));
  object.Set("merkleRoot", hexOf(track.merkleRoot));
  return object;
}

Napi::Object copyTrackToJs(Napi::Env env, const EssenceCopyTrack& track) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", track.video ? "video" : "audio");
  object.Set("codec", nameOf(track.codec));
  object.Set("width", track.width);
  object.Set("height", track.height);
  object.Set("parameterSets", bytesToJs(env, track.parameterSets));
  Napi::Array lists = Napi::Array::New(env, track.setLists.size());
  for (std::uint32_t i = 0; i < track.setLists.size(); ++i) {
    const std::vector<std::uint32_t>& places = track.setLists[i];
    Napi::Array list = Napi::Array::New(env, places.size());
    for (std::uint32_t j = 0; j < places.size(); ++j) list.Set(j, number(env, places[j]));
    lists.Set(i, list);
  }
  object.Set("setLists", lists);
  object.Set("hashes", bytesToJs(env, track.hashes));
  object.Set("keys", arrayToJs<Napi::Uint8Array>(env, track.keys));
  object.Set("timestampsUs", arrayToJs<Napi::Float64Array>(env, track.timestampsUs));
  object.Set("setListOf", arrayToJs<Napi::Uint32Array>(env, track.setListOf));
  return object;
}

}  // namespace

Napi::Object essenceWindowToJs(Napi::Env env, const EssenceWindow& window) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("index", number(env, window.index));
  object.Set("root", hexOf(window.root));
  object.Set("chain", hexOf(window.chain));
  Napi::Array tracks = Napi::Array::New(env, window.tracks.size());
  for (std::uint32_t i = 0; i < window.tracks.size(); ++i)
    tracks.Set(i, trackToJs(env, window.tracks[i]));
  object.Set("tracks", tracks);
  object.Set("frames", number(env, window.frames));
  object.Set("pixels", number(env, window.pixels));
  object.Set("width", window.width);
  object.Set("height", window.height);
  object.Set("startTimestampUs", number(env, window.startTimestampUs));
  object.Set("endTimestampUs", number(env, window.endTimestampUs));
  object.Set("last", window.last);
  return object;
}

Napi::Object essenceCopyToJs(Napi::Env env, const EssenceCopy& copy) {
  Napi::Object object = Napi::Object::New(env);
  Napi::Array tracks = Napi::Array::New(env, copy.tracks.size());
  for (std::uint32_t i = 0; i < copy.tracks.size(); ++i)
    tracks.Set(i, copyTrackToJs(env, copy.tracks[i]));
  object.Set("tracks", tracks);
  return object;
}

}  // namespace millrace::addon
