// SPDX-License-Identifier: Apache-2.0
//
// One Docker Engine: where it is, which version of its API both sides speak, and requests to it. Connections are the
// HTTP client's, pooled and kept alive.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/docker/connect/endpoint.h"
#include "runbook/http.h"
#include "runbook/value.h"
#include "runbook/world.h"

namespace runbook::docker {

/// A version of the Engine API, "1.41".
struct ApiVersion {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const ApiVersion&, const ApiVersion&) = default;
};
inline constexpr ApiVersion kOldestApi{1, 40};
inline constexpr ApiVersion kNewestApi{1, 52};
Result<ApiVersion> parse_api_version(std::string_view text);
std::string to_string(ApiVersion version);

using Query = std::vector<std::pair<std::string, std::string>>;

/// One request, before it has an engine and a version.
struct Call {
  std::string method = "GET";
  std::string path;  ///< "/containers/web/json": without the version
  Query query;
  Value body;          ///< sent as JSON unless null
  HttpHeaders headers;
  std::string object;  ///< "container 'web'": what errors are about
  double timeout = 60;
  std::string raw_body;  ///< sent in place of `body` where it is not empty
  decltype(HttpRequest::body_source) body_source;
  std::optional<std::uint64_t> body_length;  ///< of body_source, where it is known
  std::shared_ptr<HttpFlow> flow;            ///< holds the body of the answer back
  std::function<void(int status)> on_status;
  std::function<void(std::string_view)> on_chunk;  ///< gets the body of a success as it arrives
};

/// A name or id as a segment of a path: a slash or a dot in it cannot lead elsewhere. Image names keep their slashes.
std::string segment(std::string_view name);
std::string image_segment(std::string_view name);
/// "/path?a=1&b=2".
std::string path_and_query(const Call& call);

class Engine {
 public:
  Engine(World& world, Value target);

  /// Makes a request, after having found the way and agreed on a version with the engine. A status of 300 and above is an error but for
  /// 304 (already so).
  Cancel request(Call call, Callback<void(Result<HttpResponse>)> done);

  /// A request that turns the connection into a stream of bytes both ways.
  Cancel upgrade(Call call, std::function<void(std::string_view)> on_data, Callback<void(Status)> on_end,
                 Callback<void(Result<std::unique_ptr<ByteStream>>)> done);

  /// As the runbook writes it.
  const std::string& target() const;
  ApiVersion api() const { return api_; }

 private:
  HttpRequest build(Call& call) const;
  /// Finds the way and the version, where they are not known yet.
  void prepare(std::shared_ptr<Cancel> current, Callback<void(Status)> done);
  /// The error of a request that got no answer, and of one that got another than a success.
  Error unanswered(const std::string& object, Error error) const;
  Error refused(const std::string& object, int status, std::string_view body) const;
  /// Asks the engine once which versions it speaks.
  void negotiate(std::shared_ptr<Cancel> current, Callback<void(Status)> done);

  World& world_;
  std::shared_ptr<HttpClient> http_;  ///< there as long as this is, also while the run ends
  Value target_;
  std::optional<Endpoint> endpoint_;
  ApiVersion api_;
};

/// The run's engines, by target.
class Engines {
 public:
  explicit Engines(World& world) : world_(world) {}
  Engine& at(const Value& target);

 private:
  World& world_;
  std::map<std::string, std::unique_ptr<Engine>> engines_;
};

}  // namespace runbook::docker
