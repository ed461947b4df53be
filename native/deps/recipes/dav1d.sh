meson setup build --prefix="$OUT" --libdir=lib --buildtype=release --default-library=static -Db_staticpic=true \
  -Denable_tools=false -Denable_tests=false -Denable_examples=false -Dxxhash_muxer=disabled -Dc_args="$FLAGS"
ninja -C build -j "$JOBS"
ninja -C build install
