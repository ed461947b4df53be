#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "json.h"
#include "media/essence/essence_window.h"
#include "media/essence/merkle_tree.h"
#include "media/essence/unit_hasher.h"
#include "media/input/parameter_changes.h"

namespace millrace {
namespace {

using test::Json;

/// In the checkout that this runs in, at its root or in a build folder.
std::filesystem::path vectorFile() {
  std::filesystem::path folder = std::filesystem::current_path();
  const std::filesystem::path name =
      std::filesystem::path("test") / "trust" / "essence-vectors.json";
  while (!std::filesystem::exists(folder / name) && folder.has_relative_path())
    folder = folder.parent_path();
  return folder / name;
}

Json vectors() {
  std::ifstream file(vectorFile());
  std::ostringstream text;
  text << file.rdbuf();
  return Json::parse(text.str());
}

std::vector<std::uint8_t> bytesOf(const std::string& hex) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

Digest digestOf(const Json& hex) {
  Digest digest{};
  std::ranges::copy(bytesOf(hex.text()), digest.begin());
  return digest;
}

CodecParametersPtr parametersOf(const Json& track) {
  CodecParametersPtr parameters(avcodec_parameters_alloc());
  const std::string name =
      track.has("libavCodec") ? track["libavCodec"].text() : track["codec"].text();
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(name.c_str());
  parameters->codec_id = descriptor->id;
  parameters->codec_type = descriptor->type;
  if (track.has("channels"))
    av_channel_layout_default(&parameters->ch_layout, track["channels"].number());
  const std::vector<std::uint8_t> extradata = bytesOf(track["extradata"].text());
  if (!extradata.empty()) setExtradata(*parameters, extradata);
  return parameters;
}

EssenceCodec codecOf(const std::string& name) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(name.c_str());
  return UnitHasher::codecOf(descriptor != nullptr ? descriptor->id : AV_CODEC_ID_NONE);
}

TEST(EssenceVectors, UnitsAndParameterSetsHashAsSpecified) {
  const Json all = vectors();
  for (const Json& track : all["units"].items()) {
    SCOPED_TRACE(track["name"].text());
    const auto hasher = UnitHasher::forTrack(*parametersOf(track));
    for (const Json& expected : track["packets"].items()) {
      std::vector<std::uint8_t> bytes = bytesOf(expected["bytes"].text());
      PacketPtr packet = makePacket();
      packet->data = bytes.data();
      packet->size = static_cast<int>(bytes.size());
      packet->pts = 5;
      // What has no rules of its own is a keyframe when its container says so.
      if (track["codec"].text() == "other") packet->flags = AV_PKT_FLAG_KEY;
      const std::optional<EssenceUnit> unit = hasher->hash(*packet);
      ASSERT_EQ(unit.has_value(), !expected["unit"].isNull());
      if (!unit) continue;
      EXPECT_EQ(hexOf(unit->hash), expected["unit"].text());
      EXPECT_EQ(unit->key, expected["key"].isTrue());
      EXPECT_EQ(unit->codec, codecOf(track["codec"].text()));
      EXPECT_EQ(unit->timestampUs, 5);
      ASSERT_EQ(unit->parameterSets->size(), expected["parameterSets"].items().size());
      for (std::size_t i = 0; i < unit->parameterSets->size(); ++i)
        EXPECT_EQ(hexOf((*unit->parameterSets)[i]), expected["parameterSets"].items()[i].text());
      if (!expected.has("width")) continue;
      EXPECT_EQ(unit->width, expected["width"].number());
      EXPECT_EQ(unit->height, expected["height"].number());
    }
  }
}

TEST(EssenceVectors, MerkleRootsAreAsSpecified) {
  const Json all = vectors();
  Sha256 sha;
  for (const Json& tree : all["merkle"].items()) {
    MerkleTree leaves;
    for (const Json& leaf : tree["leaves"].items()) leaves.add(digestOf(leaf), sha);
    EXPECT_EQ(leaves.leaves(), tree["leaves"].items().size());
    EXPECT_EQ(hexOf(leaves.root(sha)), tree["root"].text());
  }
}

TEST(EssenceVectors, TracksWindowsAndTheChainAreAsSpecified) {
  const Json all = vectors();
  Sha256 sha;
  Digest chain{};
  for (const Json& window : all["windows"].items()) {
    std::vector<EssenceTrack> tracks;
    for (const Json& track : window["tracks"].items()) {
      ParameterSetHashes sets;
      for (const Json& set : track["sets"].items()) sets.push_back(digestOf(set));
      MerkleTree tree;
      for (const Json& leaf : track["leaves"].items()) tree.add(digestOf(leaf), sha);
      tracks.push_back({.video = track["kind"].text() == "video",
                        .codec = codecOf(track["codec"].text()),
                        .units = tree.leaves(),
                        .parameters = hashParameters(sets, sha),
                        .merkleRoot = tree.root(sha)});
      EXPECT_EQ(hexOf(tracks.back().parameters), track["parameters"].text());
      EXPECT_EQ(hexOf(tracks.back().merkleRoot), track["merkleRoot"].text());
      EXPECT_EQ(hexOf(hashTrack(tracks.back(), sha)), track["digest"].text());
    }
    const Digest root = hashWindow(tracks, sha);
    EXPECT_EQ(hexOf(root), window["root"].text());
    chain = hashChain(chain, static_cast<std::uint32_t>(window["index"].number()), root, sha);
    EXPECT_EQ(hexOf(chain), window["chain"].text());
  }
}

}  // namespace
}  // namespace millrace
