// SPDX-License-Identifier: Apache-2.0
//
// Paths within containers, and where a copy ends up. The rules are those of `docker cp`: a directory that is there gets
// what is copied put into it, under its own name; anything else is what is copied, under a new name; "/." behind the
// source means what is in the directory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "modules/docker/engine/job.h"

namespace runbook::docker {

struct PathStat {
  bool exists = false;
  bool directory = false;
  bool link = false;
  bool file = false;
  std::uint64_t size = 0;
  unsigned mode = 0;
  std::string target;  ///< of a link
};

/// Looks at a path within the container args["name"], whose absence is an error. Links in the last place are followed
/// where that is asked for; `next` gets the path that was reached.
void stat_path(const Job::Ptr& job, const std::string& path, bool follow, std::function<void(std::string reached, PathStat)> next);

/// GET, PUT or HEAD of the archive at a path.
Call archive_call(const std::string& method, const std::string& container, const std::string& path);

/// What is there at either end of a copy.
struct End {
  std::string path;  ///< as it was given, made absolute; resolved
  bool exists = false;
  bool directory = false;
  bool contents = false;  ///< given with "/." at its end
  bool slash = false;     ///< given with a slash at its end: a directory is meant
};
/// The path of what is copied, after it was copied; docker.conflict and docker.not_found where that cannot be.
Result<std::string> copied_path(const End& from, const End& to);

/// Takes a "/" or "/." off the end, and notes it.
End end_of(const std::string& given);
std::string base_name(const std::string& path);
std::string parent_of(const std::string& path);

}  // namespace runbook::docker
