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

#include "runbook/http.h"
#include "runbook/value.h"
#include "runbook/world.h"

namespace runbook::docker {

inline constexpr const char* kDefaultTarget = "unix:///var/run/docker.sock";

/// A version of the Engine API, "1.41".
struct ApiVersion {
  int major = 0;
  int minor = 0;
  friend auto operator<=>(const ApiVersion&, const ApiVersion&) = default;
};
inline constexpr ApiVersion kOldestApi{1, 40};
inline constexpr ApiVersion kNewestApi{1, 47};
Result<ApiVersion> parse_api_version(std::string_view text);
std::string to_string(ApiVersion version);

/// A unix socket here that leads to the engine of "unix:///var/run/docker.sock" or "ssh://deploy@web1"; other targets are
/// docker.unsupported.
Result<std::string> socket_of(World& world, const std::string& target);
/// What stood in the way when that socket was last connected to; no code: nothing that is known.
Error way_error(World& world, const std::string& target, const std::string& socket);

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
  Engine(World& world, std::string target, std::string socket);

  /// Makes a request, after having agreed on a version with the engine. A status of 300 and above is an error but for
  /// 304 (already so).
  Cancel request(Call call, Callback<void(Result<HttpResponse>)> done);

  /// A request that turns the connection into a stream of bytes both ways.
  Cancel upgrade(Call call, std::function<void(std::string_view)> on_data, Callback<void(Status)> on_end,
                 Callback<void(Result<std::unique_ptr<ByteStream>>)> done);

  const std::string& target() const { return target_; }
  ApiVersion api() const { return api_; }

 private:
  HttpRequest build(Call& call) const;
  /// The error of a request that got no answer.
  Error unanswered(const std::string& object, Error error) const;
  /// Asks the engine once which versions it speaks.
  void negotiate(std::shared_ptr<Cancel> current, Callback<void(Status)> done);

  World& world_;
  std::shared_ptr<HttpClient> http_;  ///< there as long as this is, also while the run ends
  std::string target_;
  std::string socket_;
  ApiVersion api_;
};

/// The run's engines, by target.
class Engines {
 public:
  explicit Engines(World& world) : world_(world) {}
  Result<Engine*> at(const std::string& target);

 private:
  World& world_;
  std::map<std::string, std::unique_ptr<Engine>> engines_;
};

}  // namespace runbook::docker
