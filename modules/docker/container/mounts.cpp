// SPDX-License-Identifier: Apache-2.0
#include "modules/docker/container/mounts.h"

#include <charconv>

#include "host/core/text.h"

namespace runbook::docker {

namespace {

Error bad(std::string message) { return Error("argument.invalid", std::move(message)); }

bool parse_number(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

Result<Port> checked(Port port, const std::string& shown) {
  if (port.container < 1 || port.container > 65535 || port.host < 0 || port.host > 65535) {
    return bad(cat("port '", shown, "' is not between 1 and 65535"));
  }
  if (port.protocol != "tcp" && port.protocol != "udp" && port.protocol != "sctp") {
    return bad(cat("port '", shown, "': '", port.protocol, "' is not tcp, udp or sctp"));
  }
  return port;
}

Result<Port> port_of_text(const std::string& text) {
  Port port;
  std::string_view rest = text;
  if (const auto slash = rest.rfind('/'); slash != std::string_view::npos) {
    port.protocol = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
  }
  const auto wrong = [&] { return bad(cat("'", text, "' is no port: write [address:]host:container or container")); };
  const auto colon = rest.rfind(':');
  if (!parse_number(colon == std::string_view::npos ? rest : rest.substr(colon + 1), port.container)) return wrong();
  if (colon != std::string_view::npos) {
    rest = rest.substr(0, colon);
    const auto before = rest.rfind(':');
    const std::string_view host = before == std::string_view::npos ? rest : rest.substr(before + 1);
    if (!host.empty() && !parse_number(host, port.host)) return wrong();
    if (before != std::string_view::npos) port.address = rest.substr(0, before);
    if (port.address.size() > 1 && port.address.front() == '[' && port.address.back() == ']') {
      port.address = port.address.substr(1, port.address.size() - 2);
    }
  }
  return checked(std::move(port), text);
}

Result<Mount> checked(Mount mount, const std::string& shown) {
  if (mount.type.empty()) mount.type = !mount.source.empty() && mount.source.front() == '/' ? "bind" : "volume";
  if (mount.target.empty() || mount.target.front() != '/') {
    return bad(cat("mount '", shown, "': the target must be an absolute path in the container"));
  }
  if (mount.type == "bind" && (mount.source.empty() || mount.source.front() != '/')) {
    return bad(cat("mount '", shown, "': the source of a bind must be an absolute path"));
  }
  if (mount.type == "volume" && mount.source.find('/') != std::string::npos) {
    return bad(cat("mount '", shown, "': '", mount.source, "' is neither an absolute path nor the name of a volume"));
  }
  if (mount.type != "bind" && mount.type != "volume" && mount.type != "tmpfs") {
    return bad(cat("mount '", shown, "': the type '", mount.type, "' is not bind, volume or tmpfs"));
  }
  return mount;
}

}  // namespace

std::string unknown_keys(const Value& table, const std::vector<std::string>& known) {
  for (const auto& [key, value] : table.members()) {
    bool found = false;
    for (const std::string& name : known) found = found || name == key;
    if (found) continue;
    const std::string near = did_you_mean(key, known);
    return cat("unknown key '", key, "'", near.empty() ? ": known are " + join(known, ", ") : ", did you mean '" + near + "'?");
  }
  return {};
}

Result<Port> parse_port(const Value& value) {
  if (value.is_string()) return port_of_text(value.as_string());
  if (value.is_integer()) return checked(Port{static_cast<int>(value.as_int()), 0, {}, "tcp"}, cat(value.as_int()));
  if (!value.is_object()) return bad("a port is a string, a number or a table");
  if (auto problem = unknown_keys(value, {"address", "container", "host", "protocol"}); !problem.empty()) {
    return bad("port: " + problem);
  }
  const auto number = [&](const char* key) {
    const std::int64_t given = value[key].as_int();
    return given < 0 || given > 65535 ? -1 : static_cast<int>(given);
  };
  return checked(Port{number("container"), number("host"), value["address"].as_string(),
                      value["protocol"].as_string("tcp")},
                 to_json(value));
}

Result<Mount> parse_mount(const Value& value) {
  if (value.is_object()) {
    if (auto problem = unknown_keys(value, {"readonly", "source", "target", "type"}); !problem.empty()) {
      return bad("mount: " + problem);
    }
    return checked(Mount{value["type"].as_string(), value["source"].as_string(), value["target"].as_string(),
                         value["readonly"].as_bool()},
                   to_json(value));
  }
  if (!value.is_string()) return bad("a mount is a string or a table");
  const std::string& text = value.as_string();
  const auto parts = split(text, ':');
  Mount mount;
  if (parts.size() < 2 || parts.size() > 3) return bad(cat("'", text, "' is no mount: write source:target or source:target:ro"));
  if (parts.size() == 3 && parts[2] != "ro" && parts[2] != "rw") {
    return bad(cat("mount '", text, "': '", parts[2], "' is not ro or rw"));
  }
  mount.source = parts[0];
  mount.target = parts[1];
  mount.readonly = parts.size() == 3 && parts[2] == "ro";
  return checked(std::move(mount), text);
}

}  // namespace runbook::docker
