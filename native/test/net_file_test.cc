#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "media/net/open.h"
#include "peer_process.h"

namespace millrace::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kNever = std::chrono::milliseconds(std::chrono::hours(1));
constexpr auto kSoon = 150ms;

InputOptions inputFrom(const std::string& url) {
  InputOptions input;
  input.url = url;
  input.stallTimeout = kNever;
  return input;
}

OutputOptions outputTo(const std::string& url) {
  OutputOptions output;
  output.url = url;
  output.stallTimeout = kNever;
  return output;
}

std::string readAll(ByteSource& source) {
  std::string all;
  std::vector<std::uint8_t> buffer(1'000);
  while (true) {
    const auto count = source.read(buffer);
    if (!count || *count == 0) return all;
    all.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

Result<void> write(ByteSink& sink, const std::string& bytes) {
  return sink.write({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string contentsOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class File : public testing::Test {
 protected:
  std::string pipe() const {
    const std::string path = folder_.file("pipe");
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return path;
  }

  TemporaryFolder folder_;
};

TEST_F(File, IsReadByPathAndByUrl) {
  const std::string path = folder_.write("a b.ts", std::string(2'500, 'x'));
  auto byPath = openByteSource(inputFrom(path), {}, {});
  ASSERT_TRUE(byPath);
  EXPECT_EQ(readAll(**byPath).size(), 2'500U);
  EXPECT_FALSE((*byPath)->drained());
  auto byUrl = openByteSource(inputFrom("file://" + folder_.path() + "/a%20b.ts"), {}, {});
  ASSERT_TRUE(byUrl);
  EXPECT_EQ(readAll(**byUrl).size(), 2'500U);
}

TEST_F(File, ThatIsNotThereIsNotFound) {
  const auto source = openByteSource(inputFrom(folder_.file("nothing.ts")), {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(source.error().url, folder_.file("nothing.ts"));
}

TEST_F(File, ThatIsAFolderCannotBeRead) {
  const auto source = openByteSource(inputFrom(folder_.path()), {}, {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ErrorCode::kFileFailed);
}

TEST_F(File, IsWrittenStraightThrough) {
  const std::string path = folder_.write("out.ts", "what was there before");
  auto sink = openByteSink(outputTo(path), {}, {});
  ASSERT_TRUE(sink);
  ASSERT_TRUE(write(**sink, "hello"));
  EXPECT_EQ(contentsOf(path), "hello");
  ASSERT_TRUE(write(**sink, " world"));
  ASSERT_TRUE((*sink)->finish());
  EXPECT_EQ(contentsOf(path), "hello world");
}

TEST_F(File, InAFolderThatIsNotThereCannotBeWritten) {
  const auto sink = openByteSink(outputTo(folder_.file("nowhere/out.ts")), {}, {});
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(sink.error().stage, Stage::kSink);
}

TEST_F(File, OnAFullDiskFailsInWords) {
  auto sink = openByteSink(outputTo("/dev/full"), {}, {});
  ASSERT_TRUE(sink);
  const auto sent = write(**sink, "hello");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kFileFailed);
  EXPECT_EQ(sent.error().message, "The disk is full.");
}

TEST_F(File, ThatIsAPipeIsReadUntilItsWriterCloses) {
  const std::string path = pipe();
  auto source = openByteSource(inputFrom(path), {}, {});
  ASSERT_TRUE(source);
  const std::jthread writer([&] { std::ofstream(path) << "through a pipe"; });
  EXPECT_EQ(readAll(**source), "through a pipe");
}

TEST_F(File, ThatIsASilentPipeStallsAndCanBeCancelled) {
  const std::string path = pipe();
  std::vector<std::uint8_t> buffer(100);
  InputOptions input = inputFrom(path);
  input.stallTimeout = kSoon;
  auto stalling = openByteSource(input, {}, {});
  ASSERT_TRUE(stalling);
  EXPECT_TRUE((*stalling)->drained());
  EXPECT_EQ((*stalling)->read(buffer).error().code, ErrorCode::kStalled);

  std::stop_source stop;
  auto waiting = openByteSource(inputFrom(path), {}, stop.get_token());
  ASSERT_TRUE(waiting);
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  EXPECT_EQ((*waiting)->read(buffer).error().code, ErrorCode::kCancelled);
}

TEST_F(File, ThatIsAPipeNobodyEmptiesStallsAndCanBeCancelled) {
  const std::string path = pipe();
  const auto reader = openByteSource(inputFrom(path), {}, {});
  ASSERT_TRUE(reader);
  const std::string more(1'000'000, 'x');
  OutputOptions output = outputTo(path);
  output.stallTimeout = kSoon;
  auto stalling = openByteSink(output, {}, {});
  ASSERT_TRUE(stalling);
  EXPECT_EQ(write(**stalling, more).error().code, ErrorCode::kStalled);

  std::stop_source stop;
  auto waiting = openByteSink(outputTo(path), {}, stop.get_token());
  ASSERT_TRUE(waiting);
  const std::jthread canceller([&] {
    std::this_thread::sleep_for(kSoon);
    stop.request_stop();
  });
  EXPECT_EQ(write(**waiting, more).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace millrace::test
