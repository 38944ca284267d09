// SPDX-License-Identifier: Apache-2.0
//
// Where commands run and files live. The operations are the same for every kind of place; a handle's target says which
// kind it is: {kind = "local"}, {kind = "ssh", ...}, {kind = "container", ...}. What is not this computer needs only sh.
#pragma once

#include <string>
#include <vector>

#include "runbook/operation.h"
#include "runbook/world.h"

namespace runbook::machine {

enum class Verb {
  kRun, kQuery,
  kRead, kStat, kFind, kList, kChecksum, kFileVerify,
  kWrite, kAppend, kCopy, kRename, kRemove, kDirectoryCreate, kLinkCreate, kAttributesUpdate,
  kUploadVerify, kFilePut, kDownloadVerify, kFileFetch, kTreeVerify, kTreePut, kTreeRemove,
  kProcessStart, kProcessGet, kProcessFind, kProcessVerify, kProcessStop,
  // Composites: only their access is asked for.
  kFileEnsure, kDirectoryEnsure, kLinkEnsure, kTemplateEnsure, kLineEnsure, kProcessEnsure,
  kUpload, kDownload, kSync,
};

/// What is wanted of a verb: see the functions of Operation with the same names.
enum class Phase { kPerform, kProbe, kCapture, kRevert };

class Place {
 public:
  virtual ~Place() = default;
  virtual std::vector<Access> access(World& world, Verb verb, const Value& args) const = 0;
  virtual Cancel act(Phase phase, Verb verb, Invocation call, Done done) const = 0;
};

/// The place that a handle's target means; null for a kind that no module leads to.
const Place* find_place(World& world, const Value& target);

/// Which place a kind of target means: a service of the World, because a simulated one has places of its own.
class Places {
 public:
  explicit Places(World&) {}
  virtual ~Places() = default;
  /// Null for a kind that no module leads to.
  virtual const Place* find(World& world, const std::string& kind) const;
};

/// This computer.
const Place& local_place();

}  // namespace runbook::machine
