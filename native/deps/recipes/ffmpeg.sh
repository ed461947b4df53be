# What live video uses, and nothing else. Formats are listed one group a line; what is not named is not compiled.
# --disable-autodetect keeps whatever happens to be installed on this machine out of the binary.
list() { local IFS=,; echo "$*"; }

decoders=$(list \
  h264 hevc av1 libdav1d vp8 vp9 mpeg1video mpeg2video rawvideo wrapped_avframe \
  aac aac_latm mp1 mp1float mp2 mp2float mp3 mp3float ac3 eac3 opus \
  pcm_s16le pcm_s16be pcm_s24le pcm_f32le pcm_alaw pcm_mulaw \
  h264_cuvid hevc_cuvid av1_cuvid vp8_cuvid vp9_cuvid mpeg1_cuvid mpeg2_cuvid)
encoders=$(list libx264 libx265 libsvtav1 h264_nvenc hevc_nvenc av1_nvenc rawvideo wrapped_avframe aac libopus pcm_s16le)
hwaccels=$(list h264_nvdec hevc_nvdec av1_nvdec vp8_nvdec vp9_nvdec mpeg1_nvdec mpeg2_nvdec)
parsers=$(list h264 hevc av1 vp8 vp9 mpegvideo aac aac_latm mpegaudio ac3 opus)
demuxers=$(list mpegts flv live_flv mov matroska hls rtsp rtp sdp mpegps \
  aac mp3 ac3 eac3 wav h264 hevc ivf obu mpegvideo rawvideo)
muxers=$(list mpegts flv mp4 mov matroska hls rtsp rtp null wav)
protocols=$(list file pipe data crypto tcp udp rtp tls http https rtmp rtmps libsrt)
bsfs=$(list null setts h264_mp4toannexb hevc_mp4toannexb h264_metadata hevc_metadata extract_extradata dump_extradata \
  aac_adtstoasc av1_frame_merge av1_frame_split av1_metadata vp9_superframe vp9_superframe_split opus_metadata \
  filter_units)
filters=$(list buffer buffersink abuffer abuffersink null anull scale format aformat aresample fps transpose \
  color testsrc2 noise sine anullsrc setpts asetpts settb asettb trim atrim scale_cuda hwupload_cuda hwdownload)

# configure's arguments end up in the binary, so none of them names a folder of this machine (FFmpeg compiles by relative
# names; there is nothing to map).
./configure --prefix=/millrace --enable-static --disable-shared --enable-pic --disable-debug --disable-doc \
  --disable-programs --disable-autodetect --disable-everything --disable-avdevice --disable-postproc \
  --enable-gpl --enable-version3 --pkg-config-flags=--static --extra-cflags="${FLAGS% -ffile-prefix-map=*}" \
  --enable-libx264 --enable-libx265 --enable-libsvtav1 --enable-libopus --enable-libdav1d --enable-libsrt --enable-mbedtls \
  --enable-ffnvcodec --enable-nvenc --enable-nvdec --enable-cuvid --enable-cuda-llvm \
  --enable-decoder="$decoders" --enable-encoder="$encoders" --enable-hwaccel="$hwaccels" --enable-parser="$parsers" \
  --enable-demuxer="$demuxers" --enable-muxer="$muxers" --enable-protocol="$protocols" --enable-bsf="$bsfs" \
  --enable-filter="$filters"

# configure drops a component silently when something that it needs is missing; here that is an error.
missing=
for group in decoder:$decoders encoder:$encoders hwaccel:$hwaccels parser:$parsers demuxer:$demuxers muxer:$muxers \
  protocol:$protocols bsf:$bsfs filter:$filters; do
  kind=${group%%:*}
  for name in $(echo "${group#*:}" | tr , ' '); do
    case "$kind:$name" in filter:buffer | filter:buffersink | filter:abuffer | filter:abuffersink | bsf:null) continue ;; esac
    grep -qi "^#define CONFIG_${name}_${kind} 1\$" config_components.h || missing="$missing ${name}_${kind}"
  done
done
if [ -n "$missing" ]; then
  echo "FFmpeg's configure left out:$missing" >&2
  exit 1
fi

make -j "$JOBS"
make install DESTDIR="$OUT/staged"
mv "$OUT"/staged/millrace/* "$OUT"
rm -r "$OUT/staged"
sed -i "s|/millrace|$OUT|" "$OUT"/lib/pkgconfig/*.pc
