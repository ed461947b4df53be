#include "media/essence/essence_window.h"

#include <string_view>

namespace millrace {
namespace {

std::string_view fourCharacters(EssenceCodec codec) {
  switch (codec) {
    case EssenceCodec::kH264:
      return "h264";
    case EssenceCodec::kHevc:
      return "hevc";
    case EssenceCodec::kAv1:
      return "av01";
    case EssenceCodec::kAac:
      return "mp4a";
    case EssenceCodec::kOpus:
      return "opus";
    case EssenceCodec::kOther:
      break;
  }
  return "othr";
}

}  // namespace

Digest hashParameters(const ParameterSetHashes& sets, Sha256& sha) {
  sha.start(EssenceTag::kParameters);
  for (const Digest& set : sets) sha.add(set);
  return sha.finish();
}

Digest hashTrack(const EssenceTrack& track, Sha256& sha) {
  const std::string_view codec = fourCharacters(track.codec);
  sha.start(EssenceTag::kTrack);
  for (const char character : codec) {
    const auto byte = static_cast<std::uint8_t>(character);
    sha.add({&byte, 1});
  }
  sha.addU32(track.units);
  sha.add(track.parameters);
  sha.add(track.merkleRoot);
  return sha.finish();
}

Digest hashWindow(const std::vector<EssenceTrack>& tracks, Sha256& sha) {
  std::vector<Digest> digests;
  digests.reserve(tracks.size());
  for (const EssenceTrack& track : tracks) digests.push_back(hashTrack(track, sha));
  const auto count = static_cast<std::uint8_t>(digests.size());
  sha.start(EssenceTag::kWindow);
  sha.add({&count, 1});
  for (const Digest& digest : digests) sha.add(digest);
  return sha.finish();
}

Digest hashChain(const Digest& previous, std::uint32_t index, const Digest& root, Sha256& sha) {
  sha.start(EssenceTag::kChain);
  sha.add(previous);
  sha.addU32(index);
  sha.add(root);
  return sha.finish();
}

}  // namespace millrace
