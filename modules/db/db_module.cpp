// SPDX-License-Identifier: Apache-2.0
#include "modules/db/sqlite_operations.h"
#include "runbook/module.h"

namespace runbook {
extern const std::vector<EmbeddedLua> db_embedded;
}

namespace runbook::db {

extern const Module kModule;
const Module kModule = {
    "db",
    "0.1.0",
    {
        {"query", "Sqlite", &kQuery},
        {"exec", "Sqlite", &kExec},
        {"backup", "Sqlite", &kBackup},
    },
    &db_embedded,
};

}  // namespace runbook::db
