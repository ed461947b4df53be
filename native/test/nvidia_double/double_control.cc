#include "double_control.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace nvidia_double {

Control& Control::get() {
  // Never destroyed: threads of the process may still call the driver while it exits.
  static auto* control = new Control;
  return *control;
}

Control::Control() {
  if (const char* folder = std::getenv("MILLRACE_NVIDIA_DOUBLE")) folder_ = folder;
}

std::string Control::text(std::string_view key, int card, std::string_view otherwise) {
  return find(key, card).value_or(std::string(otherwise));
}

std::int64_t Control::number(std::string_view key, int card, std::int64_t otherwise) {
  const std::optional<std::string> value = find(key, card);
  return value ? std::strtoll(value->c_str(), nullptr, 10) : otherwise;
}

std::vector<std::string> Control::list(std::string_view key, int card, std::string_view otherwise) {
  std::istringstream value(text(key, card, otherwise));
  std::vector<std::string> items;
  for (std::string item; std::getline(value, item, ',');)
    if (!item.empty()) items.push_back(item);
  return items;
}

bool Control::lists(std::string_view key, int card, std::string_view item,
                    std::string_view otherwise) {
  const std::vector<std::string> items = list(key, card, otherwise);
  return std::find(items.begin(), items.end(), item) != items.end();
}

int Control::cards() {
  return static_cast<int>(std::clamp<std::int64_t>(number("cards", 0, 1), 0, kMostCards));
}

bool Control::lost(int card) { return lists("lost", card, std::to_string(card)); }

void Control::delay(std::string_view kind, int card) {
  if (const std::int64_t slowMs = number("slow-ms", card, 0); slowMs > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(slowMs));
  while (lists("hang", card, kind)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

std::optional<std::string> Control::find(std::string_view key, int card) {
  const std::lock_guard lock(mutex_);
  readAgainIfChanged();
  auto found = values_.find(std::string(key) + "." + std::to_string(card));
  if (found == values_.end()) found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

void Control::readAgainIfChanged() {
  if (folder_.empty()) return;
  const std::string path = folder_ + "/control";
  struct stat now {};
  if (stat(path.c_str(), &now) != 0) now = {};
  if (now.st_ino == seen_.st_ino && now.st_size == seen_.st_size &&
      now.st_mtim.tv_sec == seen_.st_mtim.tv_sec && now.st_mtim.tv_nsec == seen_.st_mtim.tv_nsec)
    return;
  seen_ = now;
  values_.clear();
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) values_[line.substr(0, equals)] = line.substr(equals + 1);
  }
}

}  // namespace nvidia_double
