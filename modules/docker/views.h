// SPDX-License-Identifier: Apache-2.0
//
// What the engine says about its objects, as the small tables that scripts get. `raw` keeps all of it.
#pragma once

#include "runbook/value.h"

namespace runbook::docker {

Value container_view(const Value& inspected);      ///< of GET /containers/ID/json
Value container_row(const Value& listed);          ///< of one entry of GET /containers/json
Value image_view(const Value& inspected);          ///< of GET /images/NAME/json
Value image_row(const Value& listed);
Value network_view(const Value& inspected);        ///< of GET /networks/ID and of an entry of the list
Value volume_view(const Value& inspected);

}  // namespace runbook::docker
