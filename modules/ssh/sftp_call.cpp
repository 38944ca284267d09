// SPDX-License-Identifier: Apache-2.0
// What every operation on files behind SFTP needs: its arguments, its session, what it touches.
#include <algorithm>

#include "host/core/text.h"
#include "host/ssh/sftp/sessions.h"
#include "modules/ssh/operations.h"
#include "modules/ssh/sftp.h"

namespace runbook::ssh {

namespace {

// Below the operations of a simulated world there is nothing.
class NoSessions final : public sftp::Sessions {
 public:
  explicit NoSessions(World& world) : Sessions(world.shared<Connections>()) {}
  Cancel open(const Destination& destination, Callback<void(Result<sftp::ClientPtr>)> done) override {
    return loop().post([name = destination.address.show(), done = std::move(done)]() mutable {
      done(Error("ssh.unsupported", cat("there is no SFTP server '", printable(name), "' in a simulated world"), "try it against a real one"));
    });
  }
};

}  // namespace

void simulate_sftp(World& world, const Simulate&) { world.provide<sftp::Sessions>(std::make_shared<NoSessions>(world)); }

namespace sftp {

Result<std::string> Call::here(const char* argument, const char* kind) const {
  const std::string& path = args[argument].as_string();
  auto real = files->resolve(path, std::string_view(kind) == "write" ? files::Last::kKeep : files::Last::kFollow);
  if (!real) return own(std::move(real).error());
  const bool same = allowed.empty() || std::any_of(allowed.begin(), allowed.end(), [&](const Access& access) {
    return access.target == *real && (access.kind == kind || access.kind == "write");
  });
  if (same) return real;
  return Error("ssh.moved", cat("'", printable(path), "' now leads to '", printable(*real), "', which is not what was permitted"),
               "something else changes this path at the same time");
}

Result<std::optional<unsigned>> Call::mode() const {
  const Value& mode = args["mode"];
  if (mode.is_null()) return std::optional<unsigned>();
  const std::string& text = mode.as_string();
  const bool octal = !text.empty() && text.size() <= 5 && text.find_first_not_of("01234567") == std::string::npos;
  const unsigned long bits = octal ? std::stoul(text, nullptr, 8) : 010000;
  if (bits > 07777) return Error("ssh.mode", cat("'", printable(text), "' is not a mode"), "write it in octal: \"0644\"");
  return std::optional(static_cast<unsigned>(bits));
}

Progress Call::progress(std::uint64_t total) const {
  if (!on_event) return {};
  // A line for each hundredth, not for each piece.
  return [tell = on_event, total, next = std::make_shared<std::uint64_t>(0)](std::uint64_t bytes) {
    if (bytes < *next) return;
    *next = bytes + total / 100 + 1;
    tell(Value::object({{"event", "transferred"}, {"bytes", static_cast<std::int64_t>(bytes)}, {"of", static_cast<std::int64_t>(total)}}));
  };
}

Cancel perform_steps(Steps steps, int tries, Invocation call, Done done) {
  auto destination = Destination::from(call.args["target"]);
  if (!destination) {
    done(std::move(destination).error());
    return {};
  }
  auto sessions = call.world.shared<Sessions>();
  auto one = std::make_shared<const Call>(Call{std::move(call.args), call.world.shared<files::Tree>(), std::move(call.allowed), std::move(call.on_event)});
  auto work = [steps, one](ClientPtr client) { return steps(std::move(client), one); };
  return run<Result<Value>>(call.world.loop(), on_session<Value>(std::move(sessions), std::move(*destination), std::move(work), tries), std::move(done));
}

Access there(const Value& args, const char* verb, const char* argument) {
  const Value& path = args[argument];
  auto clean = path.is_string() ? clean_path(path.as_string()) : Result<std::string>(std::string());
  return destination_itself(args["target"], verb, clean ? *clean : path.as_string());
}

Access here(World& world, const Value& args, const char* kind, const char* argument) {
  const Value& path = args[argument];
  if (!path.is_string()) return {kind, "", "", ""};
  const auto last = std::string_view(kind) == "write" ? files::Last::kKeep : files::Last::kFollow;
  auto real = world.service<files::Tree>().resolve(path.as_string(), last);
  return {kind, real ? std::move(*real) : files::normalise(path.as_string()), "", ""};
}

Value entry_value(const Attributes& attributes, const std::string& path) {
  char mode[16];
  snprintf(mode, sizeof mode, "%04o", attributes.permissions());
  Value value = Value::object({{"path", path}, {"name", path == "/" ? path : path.substr(path.rfind('/') + 1)}, {"type", attributes.type()}});
  value.set("size", static_cast<std::int64_t>(attributes.size.value_or(0)));
  value.set("mode", mode);
  if (attributes.uid) value.set("uid", static_cast<std::int64_t>(*attributes.uid));
  if (attributes.gid) value.set("gid", static_cast<std::int64_t>(*attributes.gid));
  if (attributes.modified) value.set("modified", static_cast<std::int64_t>(*attributes.modified));
  return value;
}

Value changed_value(const std::string& path, bool changed) { return Value::object({{"path", path}, {"changed", changed}}); }

}  // namespace sftp
}  // namespace runbook::ssh
