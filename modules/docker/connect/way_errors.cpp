// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/connect/way_errors.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

#include "host/core/text.h"
#include "host/ssh/forward/forwards.h"
#include "modules/docker/connect/ways.h"
#include "modules/docker/engine/errors.h"

namespace runbook::docker {

namespace {

constexpr const char* kNoRights = "add that user to the group 'docker' there, and log in anew";

bool says(const std::string& words, std::initializer_list<const char*> any) {
  for (const char* piece : any) {
    if (words.find(piece) != std::string::npos) return true;
  }
  return false;
}

// What libcurl and OpenSSL say of each.
std::string tls_hint(const Endpoint& endpoint, const std::string& words) {
  if (says(words, {"wrong version number", "packet length too long", "record layer failure", "http request"})) {
    return "what listens there speaks no TLS; is that the engine's plain port? where that is meant: "
           "docker.connect(..., { tls = false })";
  }
  if (says(words, {"expired"})) return "the engine's certificate is too old, or the clock of this computer is wrong";
  if (says(words, {"not yet valid"}))
    return "the engine's certificate is of the future: is the clock of this computer right?";
  if (says(words, {"subject name", "IP address mismatch", "Hostname mismatch", "does not match"})) {
    return "the engine's certificate is for other names: connect by one of them, or make one that has this name "
           "(subjectAltName)";
  }
  if (says(words,
           {"self-signed", "self signed", "unable to get local issuer", "unable to get issuer", "unable to verify"})) {
    return endpoint.tls && !endpoint.tls->ca.empty()
               ? "ca.pem is not of the authority that signed the engine's certificate"
               : "give the certificate of the authority that signed the engine's: docker.connect(..., { certs = "
                 "\"/dir\" }) with ca.pem in it";
  }
  if (says(words, {"alert", "closed the connection"})) {
    return endpoint.tls && !endpoint.tls->cert.empty()
               ? "the engine does not take this client certificate: did its authority (dockerd --tlscacert) sign "
                 "cert.pem, and is it still valid?"
               : "the engine wants a client certificate: docker.connect(..., { certs = \"/dir\" }) with cert.pem and "
                 "key.pem in it";
  }
  return {};
}

struct Made {
  const char* code;
  std::string message, hint;
};

constexpr const char* kStart = "is the engine running there? on most machines: systemctl start docker";

Made unreachable(const std::string& engine, const Endpoint& endpoint, const Error& error, bool simulated) {
  const std::string cannot = cat("cannot reach the engine at '", engine, "': ");
  if (simulated) return {"docker.connect", cannot + error.message, kStart};
  if (endpoint.socket.empty()) {
    if (error.code == "http.resolve")
      return {"docker.connect", cannot + error.message, "is the name of the machine right?"};
    return {"docker.connect", cannot + error.message,
            "is the engine running there, does it listen on that port (dockerd --host tcp://...), and does a firewall "
            "let this through?"};
  }
  struct stat info {};
  const int problem = stat(endpoint.socket.c_str(), &info) == 0 ? 0 : errno;
  if (problem == ENOENT) {
    return {"docker.connect", cat(cannot, "there is no '", endpoint.socket, "'"), kStart};
  }
  // Who may not enter its directory cannot look at it either.
  const bool barred =
      problem == 0 && S_ISSOCK(info.st_mode) && access(endpoint.socket.c_str(), R_OK | W_OK) != 0 && errno == EACCES;
  if (problem == EACCES || barred) {
    return {"docker.permission", cat("no permission to use the engine at '", engine, "'"),
            "add the user to the group 'docker' or run as root"};
  }
  if (problem == 0 && !S_ISSOCK(info.st_mode)) {
    return {
        "docker.connect", cat(cannot, "'", endpoint.socket, "' is no socket"),
        S_ISDIR(info.st_mode)
            ? "a directory of that name is made where a container mounts the socket before the engine runs: remove it, "
              "then start the engine"
            : "name the socket of the engine"};
  }
  return {"docker.connect", cannot + error.message, kStart};
}

Made over_ssh(const std::string& engine, const Error& way) {
  const std::string cannot = cat("cannot reach the engine at '", engine, "': ");
  const std::string& words = way.message;
  if (words.find("dial-stdio") != std::string::npos) {
    if (says(words, {"exit code 127", "exit code 126"})) {
      return {"docker.connect", cannot + words,
              "there is no Docker on that machine, or its socket is elsewhere: ssh://host/path/to/docker.sock"};
    }
    if (says(words, {"permission denied"}))
      return {"docker.permission", cat("no permission to use the engine at '", engine, "': ", words), kNoRights};
    if (says(words,
             {"Cannot connect", "Is the docker daemon running", "no such file or directory", "connection refused"})) {
      return {"docker.connect", cannot + words, kStart};
    }
  }
  return {"docker.connect", cannot + words, way.hint};
}

Made explained(World& world, const std::string& engine, const Endpoint& endpoint, const std::string& object,
               const Error& error) {
  const std::string about = object.empty() ? "" : object + ": ";
  if (error.code == "http.connect" || error.code == "http.resolve") {
    return unreachable(engine, endpoint, error, world.service<Ways>().simulated());
  }
  if (error.code == "http.tls")
    return {"docker.tls", cat("no secure connection to the engine at '", engine, "': ", error.message),
            tls_hint(endpoint, error.message)};
  if (error.code == "http.timeout") {
    if (error.message.find("no connection in time") != std::string::npos) {
      return {"docker.timeout", cat("cannot reach the engine at '", engine, "' in time"),
              "does a firewall drop what is sent there?"};
    }
    return {"docker.timeout", cat(about, "the engine at '", engine, "' did not answer in time"), {}};
  }
  const std::string broken = cat(about, "the answer of the engine at '", engine, "' is broken: ", error.message);
  if (error.code == "http.closed")
    return {"docker.engine", broken, "has the engine been stopped in between? its log says why: journalctl -u docker"};
  return {"docker.engine", broken, "what listens there may be no Docker Engine"};
}

}  // namespace

Error unanswered_error(World& world, const std::string& engine, const Endpoint& endpoint, const std::string& object,
                       Error error) {
  // What stood in the way to another machine says more than that our socket was closed.
  const Error way = endpoint.ssh_machine.empty() ? Error() : world.service<ssh::Forwards>().last_error(endpoint.socket);
  const bool http = error.code.rfind("http.", 0) == 0;
  if (way.code.empty() && !http) return error;
  const Made made = way.code.empty() ? explained(world, engine, endpoint, object, error) : over_ssh(engine, way);
  Error out(made.code, made.message, made.hint);
  out.retryable = way.code.empty() ? error.retryable : way.retryable;
  if (!endpoint.context.empty()) out.context["leads_to"] = endpoint.address;
  return std::move(out).with("engine", engine).because(way.code.empty() ? std::move(error) : way);
}

Error refused_error(const std::string& engine, const Endpoint& endpoint, const std::string& object, int status,
                    std::string_view body) {
  if (status == 400 && body.find("HTTP request to an HTTPS server") != std::string_view::npos) {
    return Error("docker.tls", cat("the engine at '", engine, "' speaks TLS only"),
                 "give its certificates: docker.connect(..., { certs = \"/dir\" })")
        .with("engine", engine);
  }
  Error error = status_error(engine, object, status, body);
  if (error.hint.empty() && !endpoint.api_version.empty() && body.find("client version") != std::string_view::npos) {
    error.hint = cat("DOCKER_API_VERSION pins version ", endpoint.api_version, ": unset it");
  }
  return error;
}

}  // namespace runbook::docker
