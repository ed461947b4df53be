# The condition variables of SRT's timers follow the monotonic clock, so that a step of the wall clock stalls nothing.
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$OUT" -DCMAKE_INSTALL_LIBDIR=lib \
  -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_C_FLAGS="$FLAGS" -DCMAKE_CXX_FLAGS="$FLAGS" \
  -DCMAKE_PREFIX_PATH="$DEPS" -DENABLE_SHARED=OFF -DENABLE_STATIC=ON -DENABLE_APPS=OFF -DENABLE_UNITTESTS=OFF \
  -DENABLE_MONOTONIC_CLOCK=ON -DUSE_ENCLIB=mbedtls \
  -DMBEDTLS_PREFIX="$DEPS" -DSSL_INCLUDE_DIRS="$DEPS/include" -DSSL_LIBRARY_DIRS="$DEPS/lib"
cmake --build build -j "$JOBS"
cmake --install build
