#pragma once

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace millrace {

/// Where a real stream should be: beside the repository, or in the folder MILLRACE_MEDIA names.
/// Tests skip when it is not there.
inline std::filesystem::path realStream(std::string_view name) {
  if (const char* folder = std::getenv("MILLRACE_MEDIA"))
    return std::filesystem::path(folder) / name;
  const auto repository =
      std::filesystem::absolute(__FILE__).parent_path().parent_path().parent_path();
  return repository.parent_path() / "shared" / "media" / name;
}

}  // namespace millrace
