// SPDX-License-Identifier: Apache-2.0
//
// The operations of the module, by noun: each file has those of one noun.
#pragma once

#include "modules/docker/connect/target.h"
#include "runbook/operation.h"
#include "runbook/remote_shell.h"

namespace runbook::docker {

// connect/context_list.cpp, registry/credentials.cpp
extern const Operation kContextList, kCredentials;
// engine_operations.cpp
extern const Operation kVersion, kInfo;
// container_create.cpp, container_ensure.cpp
extern const Operation kContainerCreate, kContainerEnsure, kContainerReplace, kContainerVerify;
// containers.cpp
extern const Operation kContainerGet, kContainerFind, kContainerList, kContainerRemove, kContainerRename;
// container_state.cpp
extern const Operation kContainerStart, kContainerStop, kContainerRestart;
// container_wait.cpp
extern const Operation kContainerWaitHealthy, kContainerWaitExit;
// logs.cpp, exec.cpp
extern const Operation kContainerLogs, kContainerExec;
// images.cpp
extern const Operation kImageGet, kImageFind, kImageList, kImageTag, kImageRemove;
// image_build.cpp, image_import.cpp
extern const Operation kImageBuild, kImageEnsure, kImageVerify, kImageImport;
// image_archive.cpp, image_history.cpp, prune.cpp
extern const Operation kImageSave, kImageLoad, kImageHistory, kImagePrune;
extern const Operation kContainerPrune, kNetworkPrune, kVolumePrune;
// copy_to.cpp, copy_from.cpp, container_stats.cpp, container_update.cpp; container_state.cpp
extern const Operation kContainerCopyTo, kContainerCopyFrom, kContainerTop, kContainerStats, kContainerUpdate;
extern const Operation kContainerPause, kContainerUnpause, kContainerKill;
// logs_save.cpp
extern const Operation kContainerLogsSave;
// network_connect.cpp
extern const Operation kNetworkConnect, kNetworkDisconnect;
// events.cpp, disk_usage.cpp
extern const Operation kEvents, kDiskUsage;
// image_digest.cpp, image_transfer.cpp
extern const Operation kImageDigest, kImagePull, kImagePush;
// registry_login.cpp
extern const Operation kRegistryLogin;
// networks.cpp
extern const Operation kNetworkCreate, kNetworkEnsure, kNetworkGet, kNetworkFind, kNetworkList, kNetworkRemove;
// volumes.cpp
extern const Operation kVolumeCreate, kVolumeEnsure, kVolumeGet, kVolumeFind, kVolumeList, kVolumeRemove;

// swarm/contents.cpp
extern const Operation kSecretCreate, kSecretGet, kSecretFind, kSecretList, kSecretUpdateLabels, kSecretRemove;
extern const Operation kSecretVersion, kSecretVersionFind, kSecretVersionsPrune;
extern const Operation kConfigCreate, kConfigGet, kConfigFind, kConfigList, kConfigUpdateLabels, kConfigRemove;
extern const Operation kConfigVersion, kConfigVersionFind, kConfigVersionsPrune;
// swarm/contents_verify.cpp
extern const Operation kSecretVerify;
// swarm/services.cpp, swarm/tasks.cpp
extern const Operation kServiceCreate, kServiceUpdate, kServiceVerify, kServiceEnsure, kServiceGet, kServiceFind, kServiceList,
    kServiceRemove;
extern const Operation kTaskList, kTaskGet;
// swarm/service_control.cpp, swarm/service_logs.cpp, swarm/service_wait.cpp
extern const Operation kServiceScale, kServiceRollback, kServiceRestart, kServiceLogs, kServiceWait;
// swarm/swarm.cpp, swarm/nodes.cpp
extern const Operation kSwarmGet, kSwarmInit, kSwarmJoin, kSwarmLeave, kSwarmTokens, kSwarmRotateTokens;
extern const Operation kNodeGet, kNodeFind, kNodeList, kNodeUpdate, kNodeRemove, kNodeWait;

// container_shell.cpp: containers as machines
extern const ShellRoute kContainerRoute;

/// What a call touches of its engine: kind docker, the engine, the verb, the object.
inline Access engine_access(const Value& args, const char* verb, std::string name) {
  return {"docker", address_of(args["target"]), verb, std::move(name)};
}
using Accesses = std::vector<Access>;

/// {"label": ["a=b"], "name": ["^/web$"]}, as the `filters` of a listing.
std::string filters_json(const Value& labels, const std::vector<std::pair<std::string, std::string>>& others);

}  // namespace runbook::docker
