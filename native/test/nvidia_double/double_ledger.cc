#include "double_ledger.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <stdexcept>

namespace nvidia_double {
namespace {

/// An open file. One owner.
class File {
 public:
  File(const std::string& path, int flags) : number_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (number_ >= 0) close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool isOpen() const { return number_ >= 0; }
  int number() const { return number_; }
  int release() {
    const int number = number_;
    number_ = -1;
    return number;
  }

 private:
  int number_;
};

/// Held by one process, and one thread of it, at a time.
class FolderLock {
 public:
  /// Without a folder, nothing is locked.
  explicit FolderLock(const std::string& folder)
      : file_(folder.empty() ? folder : folder + "/lock", O_RDWR | O_CREAT) {
    if (file_.isOpen()) flock(file_.number(), LOCK_EX);
  }

 private:
  File file_;
};

Use* mapUse(int file) {
  const int kind = file < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
  void* memory = mmap(nullptr, sizeof(Use), PROT_READ | PROT_WRITE, kind, file, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // A fresh file is all zeros, which is what an atomic zero looks like.
  return static_cast<Use*>(memory);
}

std::vector<std::string> useFiles(const std::string& folder) {
  std::vector<std::string> names;
  DIR* entries = opendir(folder.c_str());
  if (entries == nullptr) return names;
  while (const dirent* entry = readdir(entries))
    if (std::string_view(entry->d_name).starts_with("use.")) names.emplace_back(entry->d_name);
  closedir(entries);
  return names;
}

}  // namespace

Ledger& Ledger::get() {
  static auto* ledger = new Ledger;
  return *ledger;
}

Ledger::Ledger() : folder_(Control::get().folder()) {
  if (folder_.empty()) {
    mine_ = mapUse(-1);
    return;
  }
  mineName_ = "use." + std::to_string(getpid());
  const FolderLock lock(folder_);
  File file(folder_ + "/" + mineName_, O_RDWR | O_CREAT);
  // Nobody holds it: it was left by an earlier process of the same number.
  const bool stale = file.isOpen() && flock(file.number(), LOCK_EX | LOCK_NB) == 0;
  if (!file.isOpen() || (stale && ftruncate(file.number(), 0) != 0) ||
      ftruncate(file.number(), sizeof(Use)) != 0)
    throw std::runtime_error("The control folder of NVIDIA's double cannot be written.");
  flock(file.number(), LOCK_SH);
  mine_ = mapUse(file.release());  // stays open: the lock says that this process lives
}

bool Ledger::openEncoder(int card, std::int64_t most) {
  const FolderLock lock(folder_);
  std::int64_t open = 0;
  for (int other = 0; other < kMostCards; ++other) open += sumLocked(&Use::encoders, other);
  if (open >= most) return false;
  ++mine_->encoders[static_cast<std::size_t>(card)];
  return true;
}

std::int64_t Ledger::sum(Column column, int card) const {
  const FolderLock lock(folder_);
  return sumLocked(column, card);
}

std::int64_t Ledger::sumLocked(Column column, int card) const {
  const auto index = static_cast<std::size_t>(card);
  std::int64_t total = (mine_->*column)[index];
  if (folder_.empty()) return total;
  for (const std::string& name : useFiles(folder_)) {
    if (name == mineName_) continue;
    const std::string path = folder_ + "/" + name;
    const File file(path, O_RDWR);
    if (!file.isOpen() || lseek(file.number(), 0, SEEK_END) < off_t{sizeof(Use)}) continue;
    if (flock(file.number(), LOCK_EX | LOCK_NB) == 0) {
      unlink(path.c_str());
      continue;
    }
    Use* use = mapUse(file.number());
    total += (use->*column)[index];
    munmap(use, sizeof(Use));
  }
  return total;
}

}  // namespace nvidia_double
