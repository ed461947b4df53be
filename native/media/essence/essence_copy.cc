#include "media/essence/essence_copy.h"

#include <utility>

namespace millrace {

bool EssenceCollector::add(const EssenceUnit& unit) {
  std::size_t place = trackOf(unit);
  if (place == copy_.tracks.size()) {
    if (unit.video && !unit.key) return true;
    copy_.tracks.push_back(
        {.video = unit.video, .codec = unit.codec, .width = unit.width, .height = unit.height});
    indexes_.emplace_back();
  }
  EssenceCopyTrack& track = copy_.tracks[place];
  if (track.hashes.size() >= kMostUnits) return false;
  track.setListOf.push_back(listOf(unit, track, indexes_[place]));
  track.hashes.push_back(unit.hash);
  track.keys.push_back(unit.key ? 1 : 0);
  track.timestampsUs.push_back(unit.timestampUs);
  return true;
}

// A codec that changes in mid-stream starts another track.
std::size_t EssenceCollector::trackOf(const EssenceUnit& unit) {
  std::size_t place = copy_.tracks.size();
  while (place > 0 && copy_.tracks[place - 1].video != unit.video) --place;
  const bool goesOn = place > 0 && copy_.tracks[place - 1].codec == unit.codec;
  return goesOn ? place - 1 : copy_.tracks.size();
}

std::uint32_t EssenceCollector::listOf(const EssenceUnit& unit, EssenceCopyTrack& track,
                                       Index& index) {
  if (unit.parameterSets == index.lastSets) return index.lastList;
  std::vector<std::uint32_t> list;
  for (const Digest& set : *unit.parameterSets) {
    const auto next = static_cast<std::uint32_t>(track.parameterSets.size());
    const auto [found, isNew] = index.sets.try_emplace(set, next);
    if (isNew) track.parameterSets.push_back(set);
    list.push_back(found->second);
  }
  const auto next = static_cast<std::uint32_t>(track.setLists.size());
  const auto [found, isNew] = index.lists.try_emplace(list, next);
  if (isNew) track.setLists.push_back(std::move(list));
  index.lastSets = unit.parameterSets;
  index.lastList = found->second;
  return index.lastList;
}

}  // namespace millrace
