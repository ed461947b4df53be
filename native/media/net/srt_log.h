#pragma once

namespace millrace {

/// Takes libsrt's log, which goes to the terminal by itself. A line on a job's own thread goes to
/// that job. libsrt's threads serve every connection of the process and do not say which one a line
/// is about: theirs are dropped, since one job's peers are no business of another's. For the whole
/// process, once. With the system's libraries this does nothing, because libavformat's libsrt may
/// not be the one that would be linked here.
void takeSrtLog();

}  // namespace millrace
