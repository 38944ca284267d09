// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "runbook/http.h"
#include "runbook/module.h"

namespace runbook {

/// The HTTP client of a simulated world: what is sent becomes a question to a simulator,
///   {kind = "http", method, url, unix_socket, headers, body} -> {status, headers, body},
/// and what the simulator emits before it has finished, {chunk = "..."}, arrives as it would from a server.
class SimulatedHttp final : public HttpClient {
 public:
  SimulatedHttp(World& world, Simulate ask);

  Cancel send(HttpRequest request, Callback<void(Result<HttpResponse>)> done) override;
  /// A simulator that wants the input first answers {status = 101, input = true}, and is asked once more when there is
  /// no more of it: {kind = "http.input", ..., input} -> {body}.
  Cancel upgrade(HttpRequest request, std::function<void(std::string_view)> on_data, Callback<void(Status)> on_end,
                 Callback<void(Result<std::unique_ptr<ByteStream>>)> done) override;

 private:
  Loop& loop_;
  Simulate ask_;
};

}  // namespace runbook
