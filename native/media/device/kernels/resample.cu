// Compiled to PTX when the addon is built, and by the driver for the card when it is loaded. Any
// card since Maxwell runs it.
#include "resample.h"

namespace {

__attribute__((device)) int column() {
  return static_cast<int>(__nvvm_read_ptx_sreg_ctaid_x() * __nvvm_read_ptx_sreg_ntid_x() +
                          __nvvm_read_ptx_sreg_tid_x());
}
__attribute__((device)) int row() {
  return static_cast<int>(__nvvm_read_ptx_sreg_ctaid_y() * __nvvm_read_ptx_sreg_ntid_y() +
                          __nvvm_read_ptx_sreg_tid_y());
}
__attribute__((device)) int plane() { return static_cast<int>(__nvvm_read_ptx_sreg_ctaid_z()); }

}  // namespace

extern "C" __attribute__((global)) void millrace_resample_across(
    millrace::kernels::ResamplePass pass) {
  millrace::kernels::resampleAcross(pass, plane(), column(), row());
}

extern "C" __attribute__((global)) void millrace_resample_down(
    millrace::kernels::ResamplePass pass) {
  millrace::kernels::resampleDown(pass, plane(), column(), row());
}
