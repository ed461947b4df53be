# Jobs run TLS on threads of their own, and mbedTLS keeps process-wide state (PSA): locking must be compiled in.
for option in MBEDTLS_THREADING_C MBEDTLS_THREADING_PTHREAD; do
  sed -i "s|^//#define $option\$|#define $option|" include/mbedtls/mbedtls_config.h
  grep -q "^#define $option\$" include/mbedtls/mbedtls_config.h
done
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$OUT" -DCMAKE_INSTALL_LIBDIR=lib \
  -DLIB_INSTALL_DIR=lib -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_C_FLAGS="$FLAGS" \
  -DENABLE_PROGRAMS=OFF -DENABLE_TESTING=OFF -DGEN_FILES=OFF -DMBEDTLS_FATAL_WARNINGS=OFF \
  -DUSE_SHARED_MBEDTLS_LIBRARY=OFF -DUSE_STATIC_MBEDTLS_LIBRARY=ON
cmake --build build -j "$JOBS"
cmake --install build
