./autogen.sh
./configure --prefix="$OUT" --libdir="$OUT/lib" --disable-shared --enable-static --with-pic \
  CFLAGS="-O3 $FLAGS" CXXFLAGS="-O3 $FLAGS"
make -j "$JOBS"
make install
