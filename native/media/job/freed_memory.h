#pragma once

namespace millrace {

/// Makes the process give large blocks (frames, encoder state) back to the system as they are
/// freed. Left alone, glibc raises its own threshold with each such block until it keeps many
/// megabytes in every thread's arena. A setting of the whole process, so for its host to call,
/// once, before the first job.
void keepFreedMemoryLow();

/// Gives what an ended job freed back to the system. Each of its threads had an arena of its own,
/// and glibc keeps what is freed there for a thread that may never come: over hundreds of jobs the
/// process would seem to grow. Takes about a millisecond. Any thread.
void returnFreedMemory();

}  // namespace millrace
