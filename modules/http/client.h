// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runbook/http.h"
#include "runbook/operation.h"

namespace runbook::http {

/// The request that a call's arguments ask for. Errors http.url, http.header, argument.invalid.
Result<HttpRequest> make_request(const std::string& method, const Value& args);

/// {status, headers, body, json?, url, seconds}. `json` is there where the answer says that it is JSON, or where it
/// is demanded: then a body that is none is the error http.json.
Result<Value> make_response(const HttpResponse& response, bool demand_json);

/// Whether `expect` (a status, "2xx", or a list of these; null: 2xx) covers the status.
bool is_expected(int status, const Value& expect);

/// A map as application/x-www-form-urlencoded; secrets are revealed.
std::string form_body(const Value& form);

/// Sends a request, again where it may (retries), and checks the status. With `method` "" the method comes from the
/// arguments, and any status is good where the arguments expect none.
Cancel perform(Invocation call, const std::string& method, Done done);

/// What the call touches: its origin or socket, and the files of its TLS options. Where the URL is none, nothing that
/// needs a permission: perform then refuses it.
std::vector<Access> access(World&, const Value& args);

/// "GET https://example.org/path", without the query.
std::string describe(const std::string& method, const Value& args);

}  // namespace runbook::http
