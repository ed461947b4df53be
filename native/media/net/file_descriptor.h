#pragma once

#include <unistd.h>

#include <utility>

namespace millrace {

/// Owns one descriptor; -1 is none.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor = -1) : descriptor_(descriptor) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
  }

  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }
  /// What close() returned; 0 when there was nothing to close.
  int reset() { return descriptor_ < 0 ? 0 : close(std::exchange(descriptor_, -1)); }

 private:
  int descriptor_;
};

}  // namespace millrace
