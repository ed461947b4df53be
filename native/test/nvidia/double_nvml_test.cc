// The double of NVML: what monitoring sees of the double's other libraries.
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <array>
#include <memory>

#include "card_media.h"
#include "control_folder.h"
#include "nvenc_encoder.h"
#include "test/nvidia_double/nvml/nvml_api.h"

namespace millrace {
namespace {

class DoubleOfNvml : public OnDouble {
 protected:
  DoubleOfNvml() : library_(dlopen("libnvidia-ml.so.1", RTLD_NOW), dlclose) {
    EXPECT_TRUE(library_);
    EXPECT_EQ(call<decltype(nvmlInit_v2)>("nvmlInit_v2")(), 0);
  }
  ~DoubleOfNvml() override { call<decltype(nvmlShutdown)>("nvmlShutdown")(); }

  template <typename Function>
  Function* call(const char* name) {
    auto* function = reinterpret_cast<Function*>(dlsym(library_.get(), name));
    EXPECT_TRUE(function) << name;
    return function;
  }

  nvmlDevice_t device(unsigned index) {
    nvmlDevice_t found = nullptr;
    EXPECT_EQ(call<decltype(nvmlDeviceGetHandleByIndex_v2)>("nvmlDeviceGetHandleByIndex_v2")(
                  index, &found),
              0);
    return found;
  }
  unsigned long long usedMemory(unsigned index) {
    nvmlMemory_t memory{};
    EXPECT_EQ(
        call<decltype(nvmlDeviceGetMemoryInfo)>("nvmlDeviceGetMemoryInfo")(device(index), &memory),
        0);
    return memory.used;
  }
  unsigned encoderSessions(unsigned index) {
    unsigned count = 0;
    EXPECT_EQ(call<decltype(nvmlDeviceGetEncoderSessions)>("nvmlDeviceGetEncoderSessions")(
                  device(index), &count, nullptr),
              0);
    return count;
  }

 private:
  std::unique_ptr<void, int (*)(void*)> library_;
};

TEST_F(DoubleOfNvml, SeesTheSessionsAndTheMemoryOfEachCard) {
  ControlFolder::say("cards=2");
  NvencOptions options;
  options.gpu = 1;
  CodecContextPtr encoder = openNvenc(options);
  EXPECT_EQ(encoderSessions(0), 0U);
  EXPECT_EQ(encoderSessions(1), 1U);
  EXPECT_EQ(usedMemory(0), 0U);
  EXPECT_GT(usedMemory(1), 0U);
  encoder.reset();
  EXPECT_EQ(encoderSessions(1), 0U);
  EXPECT_EQ(usedMemory(1), 0U) << "nothing is left behind";
}

TEST_F(DoubleOfNvml, TellsWhatTheControlSays) {
  ControlFolder::say("cards=2\ngpu-utilization.1=73\nname.1=Some card\ntemperature.1=61");
  nvmlUtilization_t rates{};
  EXPECT_EQ(call<decltype(nvmlDeviceGetUtilizationRates)>("nvmlDeviceGetUtilizationRates")(
                device(1), &rates),
            0);
  EXPECT_EQ(rates.gpu, 73U);
  unsigned celsius = 0;
  EXPECT_EQ(
      call<decltype(nvmlDeviceGetTemperature)>("nvmlDeviceGetTemperature")(device(1), 0, &celsius),
      0);
  EXPECT_EQ(celsius, 61U);
  std::array<char, 96> name{};
  EXPECT_EQ(
      call<decltype(nvmlDeviceGetName)>("nvmlDeviceGetName")(device(1), name.data(), name.size()),
      0);
  EXPECT_STREQ(name.data(), "Some card");
}

TEST_F(DoubleOfNvml, SaysThatACardIsLost) {
  const nvmlDevice_t card = device(0);
  ControlFolder::say("lost=0");
  nvmlUtilization_t rates{};
  const int result =
      call<decltype(nvmlDeviceGetUtilizationRates)>("nvmlDeviceGetUtilizationRates")(card, &rates);
  EXPECT_STREQ(call<decltype(nvmlErrorString)>("nvmlErrorString")(result), "GPU is lost");
}

}  // namespace
}  // namespace millrace
