#include <algorithm>
#include <cstdlib>

#include "../ts_builder.h"
#include "media/input/access_unit_boundary.h"

namespace {

using millrace::AccessUnitBoundary;
using millrace::TsBuilder;
using Bytes = std::vector<std::uint8_t>;

void require(bool holds) {
  if (!holds) std::abort();
}

/// The input as packets: each of its records says how one TS packet of a program with video looks,
/// so that the fuzzer gets behind checksums and sync bytes.
Bytes asPackets(std::span<const std::uint8_t> data) {
  TsBuilder ts;
  ts.tables();
  while (data.size() >= 4) {
    const std::size_t adaptation = data[1] & 0x40 ? data[2] % 184 : 0;
    Bytes field = TsBuilder::padding(adaptation);
    const std::size_t take = std::min<std::size_t>(data.size() - 4, data[3] % 16);
    Bytes payload(184 - adaptation, 0);
    std::copy_n(data.begin() + 4, std::min(take, payload.size()), payload.begin());
    if (field.size() > 1) field[1] = data[2];
    const int pid = data[1] & 1 ? TsBuilder::kVideoPid : (data[1] & 2 ? 0 : TsBuilder::kPmtPid);
    ts.packet(pid, (data[0] & 1) != 0, field, payload, data[0] & 0xc0);
    data = data.subspan(4 + take);
  }
  return ts.bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t chunk = 1 + data[1];
  const std::span<const std::uint8_t> rest(data + 2, size - 2);
  const Bytes bytes = data[0] & 1 ? asPackets(rest) : Bytes(rest.begin(), rest.end());

  AccessUnitBoundary whole;
  Bytes once;
  whole.push(bytes, once);
  whole.flush(once);
  const auto added = static_cast<std::size_t>(whole.boundaries() + whole.mistakenPids());
  require(once.size() == bytes.size() + 188 * added);

  AccessUnitBoundary chunked;
  Bytes out;
  for (std::size_t at = 0; at < bytes.size(); at += chunk) {
    chunked.push(std::span(bytes).subspan(at, std::min(chunk, bytes.size() - at)), out);
  }
  chunked.flush(out);
  require(out == once);
  return 0;
}
