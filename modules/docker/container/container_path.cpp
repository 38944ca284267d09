// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/container_path.h"

#include "host/core/encoding.h"
#include "host/core/files.h"
#include "host/core/text.h"
#include "modules/docker/engine/requests.h"

namespace runbook::docker {

namespace {

constexpr int kMostLinks = 16;
// Go's bits of a file's mode, as the engine sends them.
constexpr std::uint64_t kDirectory = 1ULL << 31U, kLink = 1ULL << 27U, kOthers = 0x7ULL << 24U | 1ULL << 21U;

Result<PathStat> parse_stat(const std::string& header) {
  auto text = base64_decode(header);
  auto raw = text ? from_json(*text) : Result<Value>(std::move(text).error());
  if (!raw) return Error("docker.engine", "the engine's description of a path cannot be read");
  const auto mode = static_cast<std::uint64_t>((*raw)["mode"].as_int());
  PathStat out;
  out.exists = true;
  out.directory = (mode & kDirectory) != 0;
  out.link = (mode & kLink) != 0;
  out.file = !out.directory && !out.link && (mode & kOthers) == 0;
  out.size = static_cast<std::uint64_t>((*raw)["size"].as_int());
  out.mode = static_cast<unsigned>(mode & 0777U);
  out.target = (*raw)["linkTarget"].as_string();
  return out;
}

void look(const Job::Ptr& job, const std::string& path, bool follow, int links, const std::function<void(std::string, PathStat)>& next) {
  job->attempt(archive_call("HEAD", job->name(), path), [job = job.get(), path, follow, links, next](Result<HttpResponse> answer) {
    if (!answer && answer.error().code == "docker.not_found") return next(path, PathStat());
    if (!answer) return job->fail(std::move(answer).error());
    auto stat = parse_stat(answer->header("x-docker-container-path-stat"));
    if (!stat) return job->fail(std::move(stat).error());
    if (!stat->link || !follow || stat->target.empty()) return next(path, *stat);
    if (links >= kMostLinks) return job->fail(Error("docker.conflict", cat("'", printable(path), "' in container '", job->name(), "' is a link without an end")));
    const std::string& target = stat->target;
    look(job->shared_from_this(), files::normalise(target[0] == '/' ? target : cat(parent_of(path), "/", target)), true, links + 1, next);
  });
}

}  // namespace

Call archive_call(const std::string& method, const std::string& container, const std::string& path) {
  Call ask = container_call(method, container, "/archive");
  ask.query = {{"path", path}};
  ask.object = cat("'", printable(path), "' in container '", container, "'");
  return ask;
}

void stat_path(const Job::Ptr& job, const std::string& path, bool follow, std::function<void(std::string, PathStat)> next) {
  // The answer to HEAD has no words: what is not there must not be the container.
  job->json(inspect_container(job->name()), [job, path, follow, next = std::move(next)](const Value&) { look(job, path, follow, 0, next); });
}

Result<std::string> copied_path(const End& from, const End& to) {
  const auto quoted = [](const End& end) { return "'" + printable(end.path) + "'"; };
  if (to.exists && to.directory) {
    if (from.contents) return to.path;
    return to.path == "/" ? "/" + base_name(from.path) : to.path + "/" + base_name(from.path);
  }
  if (to.exists && from.directory) return Error("docker.conflict", cat("cannot copy the directory ", quoted(from), " onto ", quoted(to), ", which is a file"));
  if (to.exists && to.slash) return Error("docker.conflict", cat(quoted(to), " is no directory"));
  if (!to.exists && to.slash && !from.directory) return Error("docker.not_found", cat("there is no directory ", quoted(to)));
  return to.path;
}

End end_of(const std::string& given) {
  End out;
  out.contents = given.ends_with("/.") || given == ".";
  out.slash = out.contents || given.ends_with("/");
  out.path = files::normalise(given.starts_with("/") ? given : "/" + given);
  return out;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace runbook::docker
