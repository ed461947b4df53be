#include "session.h"

#include <utility>

#include "../double_control.h"
#include "../double_ledger.h"
#include "x264_settings.h"

namespace nvidia_double {
namespace {

/// A context that is current while this lives.
class CurrentContext {
 public:
  explicit CurrentContext(CUcontext context) { cuCtxPushCurrent_v2(context); }
  ~CurrentContext() { cuCtxPopCurrent_v2(nullptr); }
  CurrentContext(const CurrentContext&) = delete;
  CurrentContext& operator=(const CurrentContext&) = delete;
};

NV_ENC_PIC_TYPE pictureType(const x264_picture_t& picture) {
  if (picture.i_type == X264_TYPE_IDR) return NV_ENC_PIC_TYPE_IDR;
  return IS_X264_TYPE_I(picture.i_type) ? NV_ENC_PIC_TYPE_I : NV_ENC_PIC_TYPE_P;
}

std::vector<x264_sei_payload_t> seiOf(const NV_ENC_PIC_PARAMS_H264& asked) {
  std::vector<x264_sei_payload_t> payloads;
  for (std::uint32_t index = 0; index < asked.seiPayloadArrayCnt; ++index) {
    const NV_ENC_SEI_PAYLOAD& sei = asked.seiPayloadArray[index];
    payloads.push_back(
        {static_cast<int>(sei.payloadSize), static_cast<int>(sei.payloadType), sei.payload});
  }
  return payloads;
}

}  // namespace

NVENCSTATUS Session::open(CUcontext context, std::unique_ptr<Session>& session) {
  int card = 0;
  {
    const CurrentContext current(context);
    if (cuCtxGetDevice(&card) != CUDA_SUCCESS) return NV_ENC_ERR_INVALID_DEVICE;
  }
  Control& control = Control::get();
  if (control.lost(card)) return NV_ENC_ERR_DEVICE_NOT_EXIST;
  if (control.list("encodes", card, "h264").empty()) return NV_ENC_ERR_UNSUPPORTED_DEVICE;
  const std::int64_t most = control.number("encoder-sessions", 0, kNever);
  if (!Ledger::get().openEncoder(card, most))
    return control.text("session-refusal", card, "memory") == "key"
               ? NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY
               : NV_ENC_ERR_OUT_OF_MEMORY;
  session.reset(new Session(context, card));
  return NV_ENC_SUCCESS;
}

Session::~Session() {
  --Ledger::get().mine().encoders[static_cast<std::size_t>(card_)];
  if (memory_ == 0) return;
  const CurrentContext current(context_);
  cuMemFree_v2(memory_);
}

NVENCSTATUS Session::enter() {
  lost_ = lost_ || Control::get().lost(card_);
  return lost_ ? NV_ENC_ERR_DEVICE_NOT_EXIST : NV_ENC_SUCCESS;
}

bool Session::encodesH264() const { return Control::get().lists("encodes", card_, "h264", "h264"); }

NVENCSTATUS Session::reserveMemory(std::uint64_t bytes) {
  const CurrentContext current(context_);
  return cuMemAlloc_v2(&memory_, bytes) == CUDA_SUCCESS ? NV_ENC_SUCCESS : NV_ENC_ERR_OUT_OF_MEMORY;
}

NVENCSTATUS Session::initialize(const NV_ENC_INITIALIZE_PARAMS& asked) {
  if (encoder_ || asked.encodeConfig == nullptr) return NV_ENC_ERR_INVALID_PARAM;
  if (asked.encodeWidth < kLeastWidth || asked.encodeHeight < kLeastHeight ||
      asked.encodeWidth > kMostSide || asked.encodeHeight > kMostSide)
    return NV_ENC_ERR_INVALID_PARAM;
  // About what a card keeps for references and the picture in work.
  const std::uint64_t picture = std::uint64_t{asked.encodeWidth} * asked.encodeHeight * 3 / 2;
  if (const NVENCSTATUS status = reserveMemory(6 * picture); status != NV_ENC_SUCCESS)
    return status;
  x264_param_t settings = x264Settings(asked);
  encoder_.reset(x264_encoder_open(&settings));
  return encoder_ ? NV_ENC_SUCCESS : NV_ENC_ERR_INVALID_PARAM;
}

NVENCSTATUS Session::reconfigure(const NV_ENC_RECONFIGURE_PARAMS& asked) {
  if (!encoder_) return NV_ENC_ERR_ENCODER_NOT_INITIALIZED;
  idrNext_ = idrNext_ || asked.forceIDR != 0;
  const NV_ENC_CONFIG* config = asked.reInitEncodeParams.encodeConfig;
  if (config == nullptr) return NV_ENC_SUCCESS;
  x264_param_t settings{};
  x264_encoder_parameters(encoder_.get(), &settings);
  setRate(settings, config->rcParams);
  return x264_encoder_reconfig(encoder_.get(), &settings) == 0 ? NV_ENC_SUCCESS
                                                               : NV_ENC_ERR_INVALID_PARAM;
}

NVENCSTATUS Session::headers(std::vector<std::uint8_t>& bytes) {
  if (!encoder_) return NV_ENC_ERR_ENCODER_NOT_INITIALIZED;
  x264_nal_t* units = nullptr;
  int count = 0;
  if (x264_encoder_headers(encoder_.get(), &units, &count) < 0) return NV_ENC_ERR_GENERIC;
  for (int index = 0; index < count; ++index)
    if (units[index].i_type == NAL_SPS || units[index].i_type == NAL_PPS)
      bytes.insert(bytes.end(), units[index].p_payload,
                   units[index].p_payload + units[index].i_payload);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::encode(const NV_ENC_PIC_PARAMS& asked) {
  if (!encoder_) return NV_ENC_ERR_ENCODER_NOT_INITIALIZED;
  // Nothing is held back, so the end of the stream finds nothing to bring out.
  if ((asked.encodePicFlags & NV_ENC_PIC_FLAG_EOS) != 0) return NV_ENC_SUCCESS;
  const InputPicture* input = picture(asked.inputBuffer);
  Bitstream* output = bitstream(asked.outputBitstream);
  if (input == nullptr || output == nullptr) return NV_ENC_ERR_INVALID_PARAM;
  if (!input->mapped && input->own.empty()) return NV_ENC_ERR_RESOURCE_NOT_MAPPED;
  Control& control = Control::get();
  control.delay("encode", card_);
  if (encoded_ >= control.number("fail-encode-after", card_, kNever)) return NV_ENC_ERR_GENERIC;

  x264_picture_t in{};
  x264_picture_init(&in);
  input->show(in.img);
  in.i_pts = encoded_++;
  if ((asked.encodePicFlags & NV_ENC_PIC_FLAG_FORCEINTRA) != 0) in.i_type = X264_TYPE_I;
  if ((asked.encodePicFlags & NV_ENC_PIC_FLAG_FORCEIDR) != 0 || std::exchange(idrNext_, false))
    in.i_type = X264_TYPE_IDR;
  std::vector<x264_sei_payload_t> sei = seiOf(asked.codecPicParams.h264PicParams);
  in.extra_sei.payloads = sei.data();
  in.extra_sei.num_payloads = static_cast<int>(sei.size());

  x264_picture_t out{};
  x264_nal_t* units = nullptr;
  int count = 0;
  const int size = x264_encoder_encode(encoder_.get(), &units, &count, &in, &out);
  if (size <= 0) return NV_ENC_ERR_GENERIC;
  output->bytes.assign(units[0].p_payload, units[0].p_payload + size);
  output->type = pictureType(out);
  output->timestamp = asked.inputTimeStamp;
  output->duration = asked.inputDuration;
  output->frameIdx = asked.frameIdx;
  output->averageQp = static_cast<std::uint32_t>(out.i_qpplus1 - 1);
  return NV_ENC_SUCCESS;
}

InputPicture* Session::addPicture(std::unique_ptr<InputPicture> picture) {
  InputPicture* added = picture.get();
  pictures_.emplace(added, std::move(picture));
  return added;
}

InputPicture* Session::picture(void* handle) {
  const auto found = pictures_.find(handle);
  return found == pictures_.end() ? nullptr : found->second.get();
}

Bitstream* Session::addBitstream() {
  auto bitstream = std::make_unique<Bitstream>();
  Bitstream* added = bitstream.get();
  bitstreams_.emplace(added, std::move(bitstream));
  return added;
}

Bitstream* Session::bitstream(void* handle) {
  const auto found = bitstreams_.find(handle);
  return found == bitstreams_.end() ? nullptr : found->second.get();
}

}  // namespace nvidia_double
