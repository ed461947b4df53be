# Renditions are 8-bit 4:2:0: fixing both at compile time makes the encoder smaller and its inner loops simpler.
./configure --prefix="$OUT" --enable-static --enable-pic --disable-cli --disable-opencl --disable-avs --disable-swscale \
  --disable-lavf --disable-ffms --disable-gpac --disable-lsmash --bit-depth=8 --chroma-format=420 \
  --extra-cflags="$FLAGS"
make -j "$JOBS"
make install-lib-static
