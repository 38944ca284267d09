// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <runbook/module.h>

namespace runbook::acme {
extern const Module kModule;
}
