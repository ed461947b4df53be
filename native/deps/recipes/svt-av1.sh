# The encoder alone; dav1d decodes. Its log would go to the terminal, past every listener; libavcodec tells its errors.
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$OUT" -DCMAKE_INSTALL_LIBDIR=lib \
  -DBUILD_SHARED_LIBS=OFF -DBUILD_APPS=OFF -DBUILD_DEC=OFF -DBUILD_TESTING=OFF -DSVT_AV1_LTO=OFF \
  -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_C_FLAGS="$FLAGS -DSVT_LOG_QUIET" -DCMAKE_CXX_FLAGS="$FLAGS -DSVT_LOG_QUIET"
ninja -C build -j "$JOBS"
ninja -C build install
