#pragma once

#include <gtest/gtest.h>

#include <string>

namespace millrace {

/// What the double of NVIDIA's libraries is told while a test runs: the file `control` of this
/// process's control folder, which the test binary makes and the double reads again at each
/// change. See nvidia_double/double_control.h for the settings.
class ControlFolder {
 public:
  /// Makes the folder and names it in the environment, before anything loads the double.
  static void open();
  static void remove();

  /// `key=value` lines, in place of what was said before.
  static void say(const std::string& settings);
};

/// A test on the double: starts from its defaults, and leaves them to the next one.
class OnDouble : public testing::Test {
 protected:
  OnDouble() { ControlFolder::say(""); }
  ~OnDouble() override { ControlFolder::say(""); }
};

}  // namespace millrace
