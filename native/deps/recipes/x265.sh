# 8-bit and 10-bit renditions come from one library: the 10-bit encoder is built first, without names of its own that
# others could call, and the 8-bit one finds it by x265_api_get. What fast-math lets GCC do would need libmvec.
common=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DENABLE_SHARED=OFF -DENABLE_CLI=OFF -DENABLE_LIBNUMA=OFF -DENABLE_PIC=ON
  -DCC_HAS_FAST_MATH=OFF
  -DCMAKE_C_FLAGS="$FLAGS" -DCMAKE_CXX_FLAGS="$FLAGS" -DCMAKE_ASM_NASM_FLAGS=-w-macro-params-legacy
  -DCMAKE_POLICY_DEFAULT_CMP0025=NEW -DCMAKE_POLICY_DEFAULT_CMP0054=NEW)
cmake -S source -B build-10 "${common[@]}" -DHIGH_BIT_DEPTH=ON -DEXPORT_C_API=OFF
ninja -C build-10 -j "$JOBS"
cmake -S source -B build-8 "${common[@]}" -DCMAKE_INSTALL_PREFIX="$OUT" -DLINKED_10BIT=ON \
  -DEXTRA_LIB="$PWD/build-10/libx265.a" -DEXTRA_LINK_FLAGS="-L$PWD/build-10"
ninja -C build-8 -j "$JOBS"
ninja -C build-8 install

# One archive for both, as its users link one.
ar -M << MRI
create $OUT/lib/libx265.both.a
addlib $PWD/build-8/libx265.a
addlib $PWD/build-10/libx265.a
save
end
MRI
mv "$OUT/lib/libx265.both.a" "$OUT/lib/libx265.a"
