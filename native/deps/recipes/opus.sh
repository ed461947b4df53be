./configure --prefix="$OUT" --libdir="$OUT/lib" --disable-shared --enable-static --with-pic --disable-doc \
  --disable-extra-programs CFLAGS="-O3 $FLAGS"
make -j "$JOBS"
make install
