#pragma once

namespace millrace {

/// Keeps libsrt, which logs to the terminal by itself and on threads of its own that belong to no
/// job, quiet: what it has to say of a connection, libavformat logs as well. For the whole process,
/// once. With the system's libraries this does nothing, because libavformat's libsrt may not be the
/// one that would be linked here.
void silenceSrt();

}  // namespace millrace
