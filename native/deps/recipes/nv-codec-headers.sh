# Headers only: NVENC, NVDEC and CUDA are opened at run time, on machines that have them.
make PREFIX="$OUT" install
# There is no licence file; the text stands at the head of every header.
sed '/\*\//q' include/ffnvcodec/dynlink_loader.h > COPYING
