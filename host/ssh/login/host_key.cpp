// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/host_key.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/ssh/wire.h"

namespace runbook::ssh {

namespace {

std::string known_name(const LoginPlan& plan) { return plan.port == 22 ? plan.host : cat('[', plan.host, "]:", plan.port); }

constexpr std::size_t kMostProblems = 3;

// A line that cannot be read may be the one that was meant.
std::string unread_lines(const LoginPlan& plan) {
  const std::vector<std::string>& all = plan.known->problems();
  if (all.empty()) return {};
  const std::vector<std::string> first(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kMostProblems)));
  return cat("; lines that cannot be read: ", printable(join(first, ", ")), all.size() > kMostProblems ? ", ..." : "");
}

// "add it to ~/.ssh/known_hosts"
std::string where_to_add(const LoginPlan& plan) { return plan.new_keys_file.empty() ? "a known_hosts file that is read" : plan.new_keys_file; }

// As sshd names its files.
std::string key_file(const std::string& type) {
  const char* kind = type == "ssh-ed25519" ? "ed25519" : type == "ssh-rsa" ? "rsa" : type.starts_with("ecdsa-") ? "ecdsa" : "*";
  return cat("/etc/ssh/ssh_host_", kind, "_key.pub");
}

Error refused(const LoginPlan& plan, const std::string& why, const std::string& fingerprint, std::string hint) {
  return Error("ssh.host_key", cat("the host key of ", plan.name, why), std::move(hint))
      .with("host", plan.name)
      .with("fingerprint", fingerprint);
}

}  // namespace

std::string host_key_algorithms(const LoginPlan& plan) {
  std::vector<std::string> order;
  const auto add = [&order](const std::string& type) {
    // One key, three signatures; those with SHA-2 are what newer libraries ask for.
    const std::vector<std::string> names =
        type == "ssh-rsa" ? std::vector<std::string>{"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"} : std::vector{type};
    for (const std::string& name : names) {
      if (std::find(order.begin(), order.end(), name) == order.end()) order.push_back(name);
    }
  };
  for (const std::string& type : plan.known->types(plan.host, plan.port)) add(type);
  for (const char* type : {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"}) add(type);
  return join(order, ",");
}

Status judge_host_key(const LoginPlan& plan, std::string_view blob, bool& is_new) {
  using Verdict = KnownHosts::Verdict;
  is_new = false;
  const std::string print = fingerprint(blob);
  const std::string type(WireReader(blob).string());
  const auto answer = plan.known->check(plan.host, plan.port, blob);
  const std::string place = cat(answer.file, ':', answer.line);
  const std::string name = known_name(plan);
  if (is_short_rsa(blob, plan.rsa_bits)) {
    return refused(plan, cat(" is an RSA key that is shorter than RequiredRSASize asks for (", plan.rsa_bits, " bits)"), print,
                   "give the server a longer one, or an Ed25519 key");
  }
  switch (answer.verdict) {
    case Verdict::kKnown: return Unit{};
    case Verdict::kUnknown: break;
    case Verdict::kChanged:
      return refused(plan, cat(" has changed: it is ", print, " (", type, "), and ", place, " says ", answer.known), print,
                     cat("somebody may be listening in, or the machine was made anew; if you know why, remove the old key with "
                         "'ssh-keygen -R ", name, "' and take the new one up after comparing its fingerprint"));
    case Verdict::kOtherType:
      return refused(plan, cat(" is of a type that is not listed: it is ", print, " (", type, "), and ", place, " lists other types"), print,
                     cat("compare the fingerprint on the machine ('ssh-keygen -lf ", key_file(type), "') and add it to ", where_to_add(plan), unread_lines(plan)));
    case Verdict::kRevoked:
      return refused(plan, cat(" is revoked in ", place, ": ", print), print, "do not log in there; it may be in somebody else's hands");
    case Verdict::kAuthority:
      return refused(plan, cat(" is vouched for by a certificate authority (", place, "), and host certificates are not supported"), print,
                     cat("add the key itself to ", where_to_add(plan)));
  }
  if (plan.accept_new) {
    is_new = true;
    return Unit{};
  }
  return refused(plan, cat(" is not known: ", print, " (", type, ")"), print,
                 cat("compare it with 'ssh-keygen -lf ", key_file(type), "' on the machine, and add it to ", where_to_add(plan),
                     " ('ssh-keyscan' prints the line); host_key = \"accept-new\" takes whatever comes first", unread_lines(plan)));
}

}  // namespace runbook::ssh
