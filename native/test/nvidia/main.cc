// The tests that need an NVIDIA card, on a double of NVIDIA's libraries: no GPU is involved.
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/log.h>
}

#include <unistd.h>

#include <string_view>

#include "control_folder.h"
#include "nvenc_encoder.h"

namespace {

/// What a test starts as another process of the same cards: has an encoder until it is killed.
int holdAnEncoder() {
  const auto encoder = millrace::openNvenc({});
  if (!encoder || write(STDOUT_FILENO, "+", 1) != 1) return 1;
  pause();
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "--hold-an-encoder") return holdAnEncoder();
  testing::InitGoogleTest(&count, arguments);
  av_log_set_level(AV_LOG_ERROR);
  millrace::ControlFolder::open();
  const int status = RUN_ALL_TESTS();
  millrace::ControlFolder::remove();
  return status;
}
