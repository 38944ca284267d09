// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/operations.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> docker_embedded;
}

namespace runbook::docker {

extern const Module kModule;
const Module kModule = {
    "docker",
    "0.1.0",
    {
        {"version", "Engine", &kVersion},
        {"info", "Engine", &kInfo},
        {"container_create", "Engine", &kContainerCreate},
        {"container_ensure", "Engine", &kContainerEnsure},
        {"container_verify", "Engine", &kContainerVerify},
        {"container_replace", "Engine", &kContainerReplace},
        {"container_start", "Engine", &kContainerStart},
        {"container_stop", "Engine", &kContainerStop},
        {"container_restart", "Engine", &kContainerRestart},
        {"container_remove", "Engine", &kContainerRemove},
        {"container_rename", "Engine", &kContainerRename},
        {"container_get", "Engine", &kContainerGet},
        {"container_find", "Engine", &kContainerFind},
        {"container_list", "Engine", &kContainerList},
        {"container_logs", "Engine", &kContainerLogs},
        {"container_exec", "Engine", &kContainerExec},
        {"container_wait_healthy", "Engine", &kContainerWaitHealthy},
        {"container_wait_exit", "Engine", &kContainerWaitExit},
        {"image_build", "Engine", &kImageBuild},
        {"image_ensure", "Engine", &kImageEnsure},
        {"image_verify", "Engine", &kImageVerify},
        {"image_import", "Engine", &kImageImport},
        {"image_tag", "Engine", &kImageTag},
        {"image_get", "Engine", &kImageGet},
        {"image_find", "Engine", &kImageFind},
        {"image_list", "Engine", &kImageList},
        {"image_remove", "Engine", &kImageRemove},
        {"image_digest", "Engine", &kImageDigest},
        {"image_pull", "Engine", &kImagePull},
        {"image_push", "Engine", &kImagePush},
        {"registry_login", "Engine", &kRegistryLogin},
        {"network_create", "Engine", &kNetworkCreate},
        {"network_ensure", "Engine", &kNetworkEnsure},
        {"network_get", "Engine", &kNetworkGet},
        {"network_find", "Engine", &kNetworkFind},
        {"network_list", "Engine", &kNetworkList},
        {"network_remove", "Engine", &kNetworkRemove},
        {"volume_create", "Engine", &kVolumeCreate},
        {"volume_ensure", "Engine", &kVolumeEnsure},
        {"volume_get", "Engine", &kVolumeGet},
        {"volume_find", "Engine", &kVolumeFind},
        {"volume_list", "Engine", &kVolumeList},
        {"volume_remove", "Engine", &kVolumeRemove},
    },
    &docker_embedded,
    nullptr,
    &kContainerRoute,
};

}  // namespace runbook::docker
