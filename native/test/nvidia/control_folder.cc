#include "control_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace millrace {
namespace {

std::filesystem::path folder() { return std::getenv("MILLRACE_NVIDIA_DOUBLE"); }

}  // namespace

void ControlFolder::open() {
  std::string made = (std::filesystem::temp_directory_path() / "nvidia-double-XXXXXX").string();
  if (mkdtemp(made.data()) == nullptr) std::abort();
  setenv("MILLRACE_NVIDIA_DOUBLE", made.c_str(), 1);
}

void ControlFolder::remove() { std::filesystem::remove_all(folder()); }

void ControlFolder::say(const std::string& settings) {
  const std::filesystem::path fresh = folder() / "control.new";
  std::ofstream(fresh) << settings << '\n';
  std::filesystem::rename(fresh, folder() / "control");
}

}  // namespace millrace
