// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/contexts.h"
#include "modules/docker/operations.h"
#include "modules/docker/paths.h"

namespace runbook::docker {

const Operation kContextList = {
    .name = "docker.context_list",
    .effect = Effect::kRead,
    .fields = {},
    .access =
        [](World& world, const Value&) {
          // Names and hosts are told to the script, which using a context by its name does not.
          return Accesses{read_access(world, Environment::current().config_directory)};
        },
    .perform =
        [](Invocation call, Done done) {
          auto list = [files = call.world.shared<files::Tree>(), environment = Environment::current()] {
            return list_contexts(*files, environment);
          };
          return call.world.loop().blocking<Value>(std::move(list), std::move(done));
        },
};

}  // namespace runbook::docker
