// SPDX-License-Identifier: Apache-2.0
#include "modules/ssh/operations.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> ssh_embedded;
}

namespace runbook::ssh {

namespace {

const std::vector<Field> kEnsureFields = {{"address", Type::kString, kPositionalRequired}, {"fingerprint", Type::kString}, {"key", Type::kString},
                                          {"known_hosts", Type::kPath}, {"config", Type::kAny}};

const Operation kKnownHostEnsure = {.name = "ssh.known_host_ensure",
                                    .effect = Effect::kChange,
                                    .fields = kEnsureFields,
                                    .access = [](World&, const Value& args) {
                                      const Value target = Value::object({{"host", args["address"]}});
                                      return std::vector<Access>{destination_access(target, "trust"), destination_access(target, "host_key")};
                                    },
                                    .perform = nullptr,
                                    .timeout = 120};

}  // namespace

extern const Module kModule;
const Module kModule = {
    "ssh",
    "0.1.0",
    {
        {"host_key", nullptr, &kHostKey},
        {"known_host_find", nullptr, &kKnownHostFind},
        {"known_host_add", nullptr, &kKnownHostAdd},
        {"known_host_remove", nullptr, &kKnownHostRemove},
        {"known_host_ensure", nullptr, &kKnownHostEnsure},
        {"path", "Forward", &kForwardPath},
        {"close", "Forward", &kForwardClose},
    },
    &ssh_embedded,
    [](World& world, const Simulate&) { simulate_forwards(world); },
    &kRoute,
};

}  // namespace runbook::ssh
