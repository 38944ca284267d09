// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/config/config_keywords.h"

#include <map>

#include "host/core/text.h"
#include "host/ssh/host_pattern.h"

namespace runbook::ssh {
namespace {

constexpr KeywordEntry kKeywords[] = {
    {"Host", Keyword::kHost},
    {"Match", Keyword::kMatch},
    {"Include", Keyword::kInclude},
    {"IgnoreUnknown", Keyword::kIgnoreUnknown},
    {"HostName", Keyword::kHostName},
    {"User", Keyword::kUser},
    {"Port", Keyword::kPort},
    {"IdentityFile", Keyword::kIdentityFile},
    {"CertificateFile", Keyword::kCertificateFile},
    {"IdentitiesOnly", Keyword::kIdentitiesOnly},
    {"IdentityAgent", Keyword::kIdentityAgent},
    {"UserKnownHostsFile", Keyword::kUserKnownHostsFile},
    {"StrictHostKeyChecking", Keyword::kStrictHostKeyChecking},
    {"ProxyJump", Keyword::kProxyJump},
    {"ProxyCommand", Keyword::kProxyCommand},
    {"ServerAliveInterval", Keyword::kServerAliveInterval},
    {"ServerAliveCountMax", Keyword::kServerAliveCountMax},
    {"ConnectTimeout", Keyword::kConnectTimeout},
    {"RequiredRSASize", Keyword::kRequiredRsaSize},
    {"RSAMinSize", Keyword::kRequiredRsaSize},

    {"AddressFamily", Keyword::kRefused, "any", "whether IPv4 or IPv6 is used cannot be chosen: give the address as HostName"},
    {"BindAddress", Keyword::kRefused, "", "the address to connect from cannot be chosen"},
    {"BindInterface", Keyword::kRefused, "", "the interface to connect from cannot be chosen"},
    {"CanonicalizeHostname", Keyword::kRefused, "no,false", "give the host's full name as HostName"},
    {"GlobalKnownHostsFile", Keyword::kRefused, "/etc/ssh/ssh_known_hosts,/etc/ssh/ssh_known_hosts2",
     "name the file in UserKnownHostsFile"},
    {"HostKeyAlias", Keyword::kRefused, "", "list the server's key under its own name in known_hosts"},
    {"KnownHostsCommand", Keyword::kRefused, "none", "list the server's key in known_hosts"},
    {"PKCS11Provider", Keyword::kRefused, "none", "load the token's keys into an agent with ssh-add -s"},
    {"SmartcardDevice", Keyword::kRefused, "none", "load the token's keys into an agent with ssh-add -s"},
    {"ProxyUseFdpass", Keyword::kRefused, "no,false", "use ProxyJump"},
    {"PubkeyAuthentication", Keyword::kRefused, "yes,true,unbound,host-bound", "keys cannot be switched off here"},
    {"RefuseConnection", Keyword::kRefused, "", "the configuration refuses connections to this host"},
    {"RevokedHostKeys", Keyword::kRefused, "none", "mark the keys as @revoked in known_hosts"},
};

/// What is only about OpenSSH's own comfort, its sessions and forwardings, or the choice among algorithms.
constexpr const char* kPassedOver[] = {
    "AddKeysToAgent",
    "AFSTokenPassing",
    "BatchMode",
    "CanonicalDomains",
    "CanonicalizeFallbackLocal",
    "CanonicalizeMaxDots",
    "CanonicalizePermittedCNAMEs",
    "CASignatureAlgorithms",
    "ChallengeResponseAuthentication",
    "ChannelTimeout",
    "CheckHostIP",
    "Cipher",
    "Ciphers",
    "ClearAllForwardings",
    "Compression",
    "CompressionLevel",
    "ConnectionAttempts",
    "ControlMaster",
    "ControlPath",
    "ControlPersist",
    "DSAAuthentication",
    "DynamicForward",
    "EnableEscapeCommandline",
    "EnableSSHKeysign",
    "EscapeChar",
    "ExitOnForwardFailure",
    "FallBackToRsh",
    "FingerprintHash",
    "ForkAfterAuthentication",
    "ForwardAgent",
    "ForwardX11",
    "ForwardX11Timeout",
    "ForwardX11Trusted",
    "GatewayPorts",
    "GlobalKnownHostsFile2",
    "GSSAPIAuthentication",
    "GSSAPIClientIdentity",
    "GSSAPIDelegateCredentials",
    "GSSAPIKexAlgorithms",
    "GSSAPIKeyExchange",
    "GSSAPIRenewalForcesRekey",
    "GSSAPIServerIdentity",
    "GSSAPITrustDns",
    "HashKnownHosts",
    "HostbasedAcceptedAlgorithms",
    "HostbasedAuthentication",
    "HostbasedKeyTypes",
    "HostKeyAlgorithms",
    "IPQoS",
    "KbdInteractiveAuthentication",
    "KbdInteractiveDevices",
    "KeepAlive",
    "KexAlgorithms",
    "KerberosAuthentication",
    "KerberosTgtPassing",
    "LocalCommand",
    "LocalForward",
    "LogLevel",
    "LogVerbose",
    "MACs",
    "NoHostAuthenticationForLocalhost",
    "NumberOfPasswordPrompts",
    "ObscureKeystrokeTiming",
    "PasswordAuthentication",
    "PermitLocalCommand",
    "PermitRemoteOpen",
    "PreferredAuthentications",
    "Protocol",
    "PubkeyAcceptedAlgorithms",
    "PubkeyAcceptedKeyTypes",
    "RekeyLimit",
    "RemoteCommand",
    "RemoteForward",
    "RequestTTY",
    "RhostsRSAAuthentication",
    "RSAAuthentication",
    "SecurityKeyProvider",
    "SendEnv",
    "SessionType",
    "SetEnv",
    "SkeyAuthentication",
    "StdinNull",
    "StreamLocalBindMask",
    "StreamLocalBindUnlink",
    "SyslogFacility",
    "Tag",
    "TCPKeepAlive",
    "TISAuthentication",
    "Tunnel",
    "TunnelDevice",
    "UpdateHostkeys",
    "UseKeychain",
    "UsePrivilegedPort",
    "UserKnownHostsFile2",
    "UseRoaming",
    "UseRsh",
    "VerifyHostKeyDNS",
    "VersionAddendum",
    "VisualHostKey",
    "WarnWeakCrypto",
    "XAuthLocation",
};

const std::map<std::string, KeywordEntry>& table() {
  static const std::map<std::string, KeywordEntry> entries = [] {
    std::map<std::string, KeywordEntry> all;
    for (const KeywordEntry& entry : kKeywords) all.emplace(lower_case(entry.name), entry);
    for (const char* name : kPassedOver) all.emplace(lower_case(name), KeywordEntry{name, Keyword::kPassedOver});
    return all;
  }();
  return entries;
}

}  // namespace

const KeywordEntry* find_keyword(std::string_view name) {
  const auto found = table().find(lower_case(name));
  return found == table().end() ? nullptr : &found->second;
}

std::string nearest_keyword(std::string_view name) {
  if (name.size() > 64) return {};  // the distance takes time that grows with both lengths
  std::vector<std::string> names;
  for (const auto& [lower, entry] : table()) names.push_back(lower);
  const KeywordEntry* nearest = find_keyword(did_you_mean(lower_case(name), names));
  return nearest == nullptr ? "" : nearest->name;
}

}  // namespace runbook::ssh
