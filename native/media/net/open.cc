#include "media/net/open.h"

#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

#include "media/file_url.h"
#include "media/net/avio_sink.h"
#include "media/net/avio_source.h"
#include "media/net/failure_site.h"
#include "media/net/file_sink.h"
#include "media/net/file_source.h"
#include "media/net/http_headers.h"
#include "media/net/http_sink.h"
#include "media/net/http_source.h"
#include "media/url.h"
#include "media/url_redaction.h"
#include "media/url_reference.h"

namespace millrace {
namespace {

bool isHttp(std::string_view scheme) { return scheme == "http" || scheme == "https"; }
bool isAvio(std::string_view scheme) {
  return scheme == "rtmp" || scheme == "rtmps" || scheme == "srt";
}

/// Everything opened here waits with descriptors of its own, and the system can run out of them.
template <typename Open>
auto withoutExceptions(const FailureSite& site, Open open) -> decltype(open()) {
  try {
    return open();
  } catch (const std::system_error& failure) {
    return site.error(ErrorCode::kInternal,
                      "The system has no descriptor left for another connection.", failure.what());
  } catch (const std::bad_alloc&) {
    return site.error(ErrorCode::kInternal, "There is no memory left for another connection.");
  }
}

template <typename Interface, typename Opened>
Result<std::unique_ptr<Interface>> as(Result<std::unique_ptr<Opened>> opened) {
  if (!opened) return std::move(opened).error();
  return std::unique_ptr<Interface>(*std::move(opened));
}

/// A plain path is of scheme `file`.
std::string schemeOfFileOrUrl(const std::string& url) {
  return isPlainPath(url) ? "file" : schemeOf(url);
}

Result<void> checkScheme(const AddressPolicy& policy, const std::string& scheme,
                         const FailureSite& site) {
  if (permitsScheme(policy, scheme)) return {};
  return site.error(ErrorCode::kSchemeDenied,
                    "The address policy does not allow " + scheme + " URLs.");
}

Error unknownScheme(const std::string& scheme, const FailureSite& site) {
  return site.error(ErrorCode::kSchemeDenied, "Millrace does not take " + scheme + " URLs here.");
}

Result<std::unique_ptr<ByteSource>> openFile(const InputOptions& input, std::stop_token stop) {
  const auto path = filePath(input.url);
  if (!path) {
    return FailureSite(Stage::kSource, input.url)
        .error(ErrorCode::kOptionsInvalid, "This URL does not name a file on this machine.");
  }
  return as<ByteSource>(FileSource::open(*path, input, std::move(stop)));
}

Error nestedSchemeDenied(const FailureSite& site, const std::string& reference) {
  return site.error(ErrorCode::kSchemeDenied, "The playlist refers to " + redactUrl(reference) +
                                                  ", which a playlist from there must not.");
}

/// Whether the file at `path` lies in or below the folder of the file at `base`, links followed.
bool isBelowFolderOf(const std::string& base, const std::string& path) {
  std::error_code failure;
  const auto folder = std::filesystem::canonical(base, failure).parent_path();
  if (failure) return false;
  const auto file = std::filesystem::weakly_canonical(path, failure);
  if (failure) return false;
  const auto [folderEnd, _] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return folderEnd == folder.end();
}

Result<std::unique_ptr<ByteSource>> openNestedFile(const InputOptions& nested,
                                                   const std::string& base, std::stop_token stop,
                                                   std::optional<ByteRange> range) {
  const FailureSite site(Stage::kSource, nested.url);
  const auto basePath = filePath(base);
  const auto path = filePath(nested.url);
  if (!basePath || !path || !isBelowFolderOf(*basePath, *path)) {
    return site.error(ErrorCode::kSchemeDenied,
                      "The playlist refers to a file outside its own folder.");
  }
  auto opened = FileSource::open(*path, nested, std::move(stop));
  if (!opened) return std::move(opened).error();
  if (range) {
    if (auto limited = (*opened)->limitTo(range->offset, range->length); !limited) {
      return std::move(limited).error();
    }
  }
  return as<ByteSource>(std::move(opened));
}

}  // namespace

Result<std::unique_ptr<ByteSource>> openByteSource(const InputOptions& input,
                                                   const AddressPolicy& policy,
                                                   std::stop_token stop) {
  const FailureSite site(Stage::kSource, input.url);
  if (input.openStream) {
    auto stream = input.openStream(std::move(stop));
    if (stream) return stream;
    return site.error(ErrorCode::kStreamFailed, "The input stream could not be opened.");
  }
  const std::string scheme = schemeOfFileOrUrl(input.url);
  if (auto allowed = checkScheme(policy, scheme, site); !allowed) return allowed.error();
  return withoutExceptions(site, [&]() -> Result<std::unique_ptr<ByteSource>> {
    if (isHttp(scheme)) {
      auto connections = std::make_shared<HttpConnections>(stop);
      return as<ByteSource>(HttpSource::open(std::move(connections), input, policy, std::nullopt));
    }
    if (isAvio(scheme)) return as<ByteSource>(AvioSource::open(input, policy, stop));
    if (scheme == "file") return openFile(input, stop);
    return unknownScheme(scheme, site);
  });
}

Result<std::unique_ptr<ByteSink>> openByteSink(const OutputOptions& output,
                                               const AddressPolicy& policy, std::stop_token stop,
                                               const std::vector<std::string>& taken) {
  const FailureSite site(Stage::kSink, output.url);
  if (output.openStream) {
    auto stream = output.openStream(std::move(stop));
    if (stream) return stream;
    return site.error(ErrorCode::kStreamFailed, "The output stream could not be opened.");
  }
  const std::string scheme = schemeOfFileOrUrl(output.url);
  if (auto allowed = checkScheme(policy, scheme, site); !allowed) return allowed.error();
  return withoutExceptions(site, [&]() -> Result<std::unique_ptr<ByteSink>> {
    if (isHttp(scheme)) {
      auto connections = std::make_shared<HttpConnections>(stop);
      return as<ByteSink>(HttpSink::open(std::move(connections), output, policy));
    }
    if (isAvio(scheme)) return as<ByteSink>(AvioSink::open(output, policy, stop));
    if (scheme != "file") return unknownScheme(scheme, site);
    const auto path = filePath(output.url);
    if (!path) {
      return site.error(ErrorCode::kOptionsInvalid,
                        "This URL does not name a file on this machine.");
    }
    return as<ByteSink>(FileSink::open(*path, output, taken, stop));
  });
}

Result<std::unique_ptr<ByteSource>> openNested(const std::string& reference,
                                               const std::string& base, const InputOptions& parent,
                                               const AddressPolicy& policy, std::stop_token stop,
                                               std::optional<ByteRange> range,
                                               std::shared_ptr<HttpConnections> connections) {
  const FailureSite playlist(Stage::kSource, base);
  auto url = resolveReference(base, reference);
  if (!url) {
    return playlist.error(ErrorCode::kFormatInvalid,
                          "The playlist refers to something that is no URL.", redactUrl(reference));
  }
  InputOptions nested = parent;
  nested.url = *std::move(url);
  nested.openStream = nullptr;
  const std::string scheme = schemeOfFileOrUrl(nested.url);
  const bool fromFile = schemeOfFileOrUrl(base) == "file";
  if (!isHttp(scheme) && !(scheme == "file" && fromFile)) {
    return nestedSchemeDenied(playlist, nested.url);
  }
  const FailureSite site(Stage::kSource, nested.url);
  if (auto allowed = checkScheme(policy, scheme, site); !allowed) return allowed.error();
  if (!isSameOrigin(parent.url, nested.url)) nested.headers = withoutCredentials(nested.headers);
  return withoutExceptions(site, [&]() -> Result<std::unique_ptr<ByteSource>> {
    if (scheme == "file") return openNestedFile(nested, base, stop, range);
    if (!connections) connections = std::make_shared<HttpConnections>(stop);
    return as<ByteSource>(HttpSource::open(std::move(connections), nested, policy, range));
  });
}

SourceIdentity identityOf(const ByteSource& source, const InputOptions& input) {
  if (const auto* http = dynamic_cast<const HttpSource*>(&source)) {
    return {http->url(), http->contentType()};
  }
  return {input.url, ""};
}

}  // namespace millrace
