// The double of the CUDA driver, through FFmpeg's own CUDA code.
#include <gmock/gmock.h>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "card_media.h"
#include "control_folder.h"

namespace millrace {
namespace {

class DoubleOfCuda : public OnDouble, public testing::WithParamInterface<AVPixelFormat> {};

TEST_P(DoubleOfCuda, GivesBackThePictureThatWasUploaded) {
  const BufferPtr card = openCard(0);
  ASSERT_TRUE(card);
  const BufferPtr frames = framesOn(card.get(), GetParam(), 322, 242);
  ASSERT_TRUE(frames);
  const FramePtr picture = hostPicture(GetParam(), 322, 242, 7);
  const FramePtr uploaded = upload(frames.get(), *picture);
  ASSERT_TRUE(uploaded);
  const FramePtr downloaded = download(*uploaded, GetParam());
  ASSERT_TRUE(downloaded);
  EXPECT_EQ(visibleBytes(*downloaded), visibleBytes(*picture));
}

INSTANTIATE_TEST_SUITE_P(, DoubleOfCuda, testing::Values(AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P),
                         [](const auto& format) { return av_get_pix_fmt_name(format.param); });

}  // namespace
}  // namespace millrace
