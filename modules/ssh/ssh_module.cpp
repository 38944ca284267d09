// SPDX-License-Identifier: Apache-2.0
#include "modules/ssh/operations.h"
#include "modules/ssh/sftp.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> ssh_embedded;
}

namespace runbook::ssh {

namespace {

const std::vector<Field> kEnsureFields = {{"address", Type::kString, kPositionalRequired}, {"fingerprint", Type::kString}, {"key", Type::kString},
                                          {"known_hosts", Type::kString}, {"config", Type::kAny}};

const Operation kKnownHostEnsure = {.name = "ssh.known_host_ensure",
                                    .effect = Effect::kChange,
                                    .fields = kEnsureFields,
                                    .access = [](World& world, const Value& args) {
                                      Value target = Value::object({{"host", args["address"]}});
                                      for (const char* key : {"known_hosts", "config"}) {
                                        if (args.has(key)) target.set(key, args[key]);
                                      }
                                      auto touched = destination_access(world, target, "trust");
                                      for (Access& access : destination_access(world, target, "host_key")) touched.push_back(std::move(access));
                                      return touched;
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
        {"upload", "Files", &kSftpUpload},
        {"upload_verify", "Files", &kSftpUploadVerify},
        {"file_put", "Files", &kSftpPut},
        {"download", "Files", &kSftpDownload},
        {"download_verify", "Files", &kSftpDownloadVerify},
        {"file_fetch", "Files", &kSftpFetch},
        {"read", "Files", &kSftpRead},
        {"stat", "Files", &kSftpStat},
        {"find", "Files", &kSftpFind},
        {"list", "Files", &kSftpList},
        {"write", "Files", &kSftpWrite},
        {"rename", "Files", &kSftpRename},
        {"remove", "Files", &kSftpRemove},
        {"directory_create", "Files", &kSftpDirectoryCreate},
        {"directory_ensure", "Files", &kSftpDirectoryEnsure},
        {"attributes_update", "Files", &kSftpAttributesUpdate},
    },
    &ssh_embedded,
    [](World& world, const Simulate& ask) {
      simulate_forwards(world);
      simulate_sftp(world, ask);
    },
    &kRoute,
};

}  // namespace runbook::ssh
