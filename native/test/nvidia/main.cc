// The tests that need an NVIDIA card, on a double of NVIDIA's libraries: no GPU is involved.
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/log.h>
}

#include "control_folder.h"

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  av_log_set_level(AV_LOG_ERROR);
  millrace::ControlFolder::open();
  const int status = RUN_ALL_TESTS();
  millrace::ControlFolder::remove();
  return status;
}
