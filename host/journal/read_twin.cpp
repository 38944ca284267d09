// SPDX-License-Identifier: Apache-2.0
#include "host/journal/read_twin.h"

#include <string>

namespace runbook::journal {

namespace {
constexpr const char* kCapture = ".capture";
constexpr const char* kProbe = ".probe";
}  // namespace

struct ReadTwins::Twin {
  std::string name;
  Operation operation;
};

ReadTwins::ReadTwins() = default;
ReadTwins::~ReadTwins() = default;

const Operation& ReadTwins::capture_of(const Operation& operation) { return twin(operation, operation.capture, kCapture); }
const Operation& ReadTwins::probe_of(const Operation& operation) { return twin(operation, operation.probe, kProbe); }

const Operation& ReadTwins::twin(const Operation& operation, Reader reader, const char* suffix) {
  std::unique_ptr<Twin>& twin = twins_[{&operation, suffix}];
  if (!twin) {
    twin = std::make_unique<Twin>(Twin{std::string(operation.name) + suffix, operation});
    Operation& read = twin->operation;
    read.name = twin->name.c_str();
    read.effect = Effect::kRead;
    read.perform = reader;
    read.describe = nullptr;
    read.predict = nullptr;
    read.probe = read.capture = read.revert = nullptr;
  }
  return twin->operation;
}

}  // namespace runbook::journal
