#include "media/job/job.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "job_run.h"
#include "loopback_server.h"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using test::delivering;
using test::Delivery;
using test::JobRun;
using test::LoopbackServer;
using test::pattern;
using test::smallRendition;

JobOptions job(InputOptions input, std::vector<RenditionOptions> renditions) {
  JobOptions options;
  options.input = std::move(input);
  options.renditions = std::move(renditions);
  options.accel.kind = AccelKind::kNone;
  options.progressInterval = 100ms;
  return options;
}

TEST(Job, StoppedBeforeItsSourceIsOpenSaysThatNothingWasRead) {
  LoopbackServer silent([](auto& connection) { connection.waitForHangUp(); });
  const auto delivery = std::make_shared<Delivery>();
  InputOptions input;
  input.url = silent.url("/live.ts");
  JobRun run(job(input, {smallRendition("a", delivering(delivery))}));
  run.start();
  run.stop();
  const auto end = run.ended();
  ASSERT_TRUE(end && end->error);
  EXPECT_EQ(end->error->code, ErrorCode::kNoMedia);
  EXPECT_EQ(end->error->stage, Stage::kSource);
  EXPECT_EQ(end->error->url, silent.url("/live.ts"));
  EXPECT_FALSE(delivery->finished);
}

// With room for more and more threads, until the job has enough of them: whichever thread cannot be
// started, the job ends, and says why. The limit is that of a user who has nothing else.
[[noreturn]] void runWithFewThreads() {
  constexpr uid_t kNobodyElse = 54'321;
  if (setgid(kNobodyElse) != 0 || setuid(kNobodyElse) != 0) std::_Exit(2);
  for (rlim_t most = 1; most < 64; ++most) {
    const rlimit limit{most, 64};
    setrlimit(RLIMIT_NPROC, &limit);
    JobOptions options = job(pattern(Pace::kReadAhead), {smallRendition("a", delivering(nullptr)),
                                                         smallRendition("b", delivering(nullptr))});
    options.clipTo = 200ms;
    JobRun run(std::move(options));
    try {
      run.start();
    } catch (const std::system_error&) {
      continue;
    }
    const auto end = run.ended();
    if (!end) std::_Exit(3);
    if (!end->error) std::_Exit(0);
    if (end->error->code == ErrorCode::kCancelled || end->failures.size() == 1) std::_Exit(4);
  }
  std::_Exit(5);
}

TEST(JobDeathTest, EndsWithATypedErrorWhicheverThreadCannotBeStarted) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become a user who has no other threads";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(runWithFewThreads(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace millrace
