#include "media/video/user_data.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace millrace {
namespace {

constexpr std::size_t kCaption = 3;
constexpr std::array<std::uint8_t, 16> kX264Version = {
    0xdc, 0x45, 0xe9, 0xbd, 0xe6, 0xd9, 0x48, 0xb7, 0x96, 0x2c, 0xd8, 0x20, 0xd9, 0x23, 0xee, 0xef};

bool isX264Version(const AVFrameSideData& data) {
  return data.size >= kX264Version.size() &&
         std::equal(kX264Version.begin(), kX264Version.end(), data.data);
}

/// cc_valid is 0, or a CEA-608 pair of nulls (the top bit is parity): fills time, says nothing.
bool isPadding(const std::uint8_t* caption) {
  const bool valid = (caption[0] & 0x04) != 0;
  const bool cea608 = (caption[0] & 0x03) < 2;
  return !valid || (cea608 && (caption[1] & 0x7f) == 0 && (caption[2] & 0x7f) == 0);
}

void removePadding(std::vector<std::uint8_t>& captions) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < captions.size(); at += kCaption) {
    if (isPadding(&captions[at])) continue;
    std::copy_n(captions.begin() + static_cast<long>(at), kCaption,
                captions.begin() + static_cast<long>(kept));
    kept += kCaption;
  }
  captions.resize(kept);
}

}  // namespace

void UserDataCarry::take(const AVFrame& dropped) {
  takeCaptions(dropped);
  takeUserData(dropped);
}

void UserDataCarry::attach(AVFrame& kept) {
  attachCaptions(kept);
  attachUserData(kept);
}

void UserDataCarry::strip(AVFrame& repeated) {
  av_frame_remove_side_data(&repeated, AV_FRAME_DATA_A53_CC);
  av_frame_remove_side_data(&repeated, AV_FRAME_DATA_SEI_UNREGISTERED);
}

void UserDataCarry::takeCaptions(const AVFrame& frame) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_A53_CC);
  if (data == nullptr) return;
  captions_.insert(captions_.end(), data->data, data->data + data->size / kCaption * kCaption);
  if (captions_.size() <= kMaxCaptionBytes) return;
  const std::size_t excess = captions_.size() - kMaxCaptionBytes;
  captions_.erase(captions_.begin(), captions_.begin() + static_cast<long>((excess + kCaption - 1) /
                                                                           kCaption * kCaption));
}

void UserDataCarry::takeUserData(const AVFrame& frame) {
  for (int i = 0; i < frame.nb_side_data; ++i) {
    const AVFrameSideData& data = *frame.side_data[i];
    if (data.type != AV_FRAME_DATA_SEI_UNREGISTERED || isX264Version(data)) continue;
    Buffer buffer(av_buffer_ref(data.buf));
    if (!buffer) throw std::bad_alloc();
    userDataBytes_ += buffer->size;
    userData_.push_back(std::move(buffer));
  }
  while (userDataBytes_ > kMaxUserDataBytes) {
    userDataBytes_ -= userData_.front()->size;
    userData_.pop_front();
  }
}

void UserDataCarry::attachCaptions(AVFrame& kept) {
  if (captions_.empty()) return;
  takeCaptions(kept);
  constexpr std::size_t kMost = kMaxCaptionsPerFrame * kCaption;
  if (captions_.size() > kMost) removePadding(captions_);
  const std::size_t size = std::min(captions_.size(), kMost);
  av_frame_remove_side_data(&kept, AV_FRAME_DATA_A53_CC);
  if (size == 0) return;
  AVFrameSideData* data = av_frame_new_side_data(&kept, AV_FRAME_DATA_A53_CC, size);
  if (data == nullptr) throw std::bad_alloc();
  std::copy_n(captions_.begin(), size, data->data);
  captions_.erase(captions_.begin(), captions_.begin() + static_cast<long>(size));
}

void UserDataCarry::attachUserData(AVFrame& kept) {
  takeUserData(kept);
  av_frame_remove_side_data(&kept, AV_FRAME_DATA_SEI_UNREGISTERED);
  for (Buffer& buffer : userData_) {
    if (av_frame_new_side_data_from_buf(&kept, AV_FRAME_DATA_SEI_UNREGISTERED, buffer.get()) ==
        nullptr) {
      throw std::bad_alloc();
    }
    // The frame owns it now.
    (void)buffer.release();  // NOLINT(bugprone-unused-return-value)
  }
  userData_.clear();
  userDataBytes_ = 0;
}

}  // namespace millrace
