// SPDX-License-Identifier: Apache-2.0
#include "tests/host/ssh/config_fixture.h"

namespace runbook::ssh {
namespace {

std::string error_of(const Result<HostConfig>& result) {
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == "ssh.config");
  return result.error().message;
}

}  // namespace

TEST_CASE("ssh_config: nothing said is nothing set, but for the name") {
  const ConfigHome home;
  const auto config = home.apply("# nothing\n\n", "Web");
  REQUIRE(config.ok());
  CHECK(config->host_name == "web");
  CHECK_FALSE(config->user);
  CHECK_FALSE(config->port);
  CHECK(config->identity_files.empty());
  CHECK(config->jumps.empty());
  CHECK_FALSE(config->alive_interval);
}

TEST_CASE("ssh_config: every value arrives, with its tokens and its home replaced") {
  const ConfigHome home;
  const auto config = home.apply(
      "Host web\n"
      "  HostName %h.example.com\n"
      "  IdentityFile ~/.ssh/%r@%h-%p-%n-%u%%\n"
      "  IdentityFile %d/two\n"
      "  IdentityFile \"/with space/${HOME}\"\n"
      "  CertificateFile ~/.ssh/cert\n"
      "  IdentitiesOnly yes\n"
      "  IdentityAgent ~/agent.sock\n"
      "  UserKnownHostsFile ~/kh1 /etc/kh2\n"
      "  StrictHostKeyChecking off\n"
      "  ProxyJump joe@a:2222,ssh://b,[::1]:3,%r@gate-%n\n"
      "  ServerAliveInterval 1m30s\n"
      "  ServerAliveCountMax 5\n"
      "  ConnectTimeout 10\n"
      "  Port 2200\n"
      "  User deploy\n");
  REQUIRE(config.ok());
  CHECK(config->host_name == "web.example.com");
  CHECK(config->user == "deploy");
  CHECK(config->port == 2200);
  CHECK(config->identity_files == std::vector<std::string>{home.path() + "/.ssh/deploy@web.example.com-2200-web-me%",
                                                           home.path() + "/two", "/with space/" + home.path()});
  CHECK(config->certificate_files == std::vector<std::string>{home.path() + "/.ssh/cert"});
  CHECK(config->identities_only == true);
  CHECK(config->identity_agent == home.path() + "/agent.sock");
  CHECK(config->known_hosts_files == std::vector<std::string>{home.path() + "/kh1", "/etc/kh2"});
  CHECK(config->strict_host_key_checking == "no");
  REQUIRE(config->jumps.size() == 4);
  CHECK(config->jumps[0].show() == "joe@a:2222");
  CHECK(config->jumps[2].show() == "[::1]:3");
  CHECK(config->jumps[3].show() == "deploy@gate-web");
  CHECK(config->alive_interval == 90);
  CHECK(config->alive_count == 5);
  CHECK(config->connect_timeout == 10);
}

TEST_CASE("ssh_config: what the caller gives wins, and is what Match user sees") {
  const ConfigHome home;
  HostConfig config;
  config.port = 99;
  const std::string text =
      "Match user root\n ServerAliveCountMax 7\nHost *\n User deploy\n Port 22\n IdentityFile /%r-%p\n";
  REQUIRE(apply_config({{"config", text}}, "web", "root", home.context(), config).ok());
  CHECK(config.user == "root");
  CHECK(config.port == 99);
  CHECK(config.alive_count == 7);
  CHECK(config.identity_files == std::vector<std::string>{"/root-99"});
}

TEST_CASE("ssh_config: the system's file fills what the user's leaves open, and begins outside any block") {
  const ConfigHome home;
  HostConfig config;
  const std::vector<ConfigFile> files = {
      {"config", "Host other\n Port 1\nHost web\n User deploy\n ProxyJump none\nHost other\n"},
      {"/etc/ssh/ssh_config", "User system\nPort 2200\nProxyJump gate\n", true}};
  REQUIRE(apply_config(files, "web", "", home.context(), config).ok());
  CHECK(config.user == "deploy");
  CHECK(config.port == 2200);
  CHECK(config.jumps.empty());
}

TEST_CASE("ssh_config: Include of the system's file is relative to /etc/ssh and knows no home") {
  const ConfigHome home;
  ConfigContext context = home.context();
  std::vector<std::string> read;
  context.read = [&](const std::string& path) -> Result<std::string> {
    read.push_back(path);
    return Error("file.not_found", "none");
  };
  HostConfig config;
  REQUIRE(
      apply_config({{"s", "Include extra\n", true}, {"u", "Include mine ~/x /y\n"}}, "web", "", context, config).ok());
  CHECK(read == std::vector<std::string>{"/etc/ssh/extra", home.path() + "/.ssh/mine", home.path() + "/x", "/y"});
  CHECK_FALSE(apply_config({{"s", "Include ~/x\n", true}}, "web", "", context, config).ok());
}

TEST_CASE("ssh_config: what cannot be honoured is an error for the host that it applies to, and for no other") {
  const ConfigHome home;
  for (const char* line : {"ProxyCommand nc %h %p", "HostKeyAlias x", "PKCS11Provider /lib/x.so",
                           "BindAddress 10.0.0.1", "KnownHostsCommand /bin/x", "RevokedHostKeys /etc/revoked",
                           "CanonicalizeHostname yes", "GlobalKnownHostsFile /etc/kh", "PubkeyAuthentication no"}) {
    CAPTURE(line);
    const std::string text = std::string("\nHost web\n ") + line + "\n";
    const std::string error = error_of(home.apply(text));
    CHECK(error.starts_with("config:3: "));
    CHECK(error.find("'web'") != std::string::npos);
    CHECK(home.apply(text, "db").ok());
  }
  for (const char* line :
       {"ProxyCommand none", "PKCS11Provider none", "CanonicalizeHostname no", "PubkeyAuthentication yes",
        "RevokedHostKeys none", "GlobalKnownHostsFile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"}) {
    CAPTURE(line);
    CHECK(home.apply(line).ok());
  }
  // The first value wins here too.
  CHECK(home.apply("CanonicalizeHostname no\nCanonicalizeHostname yes\n").ok());
  CHECK(home.apply("ProxyCommand none\nProxyCommand nc\n").ok());
  CHECK(home.apply("ProxyJump gate\nProxyCommand nc\n").ok());
  CHECK_FALSE(home.apply("ProxyCommand nc\nProxyJump gate\n").ok());
}

TEST_CASE("ssh_config: Match exec is an error only where nothing else rules the host out") {
  const ConfigHome home;
  CHECK(error_of(home.apply("Match exec \"test -f x\"\n Port 1\n")).starts_with("config:1: Match exec"));
  CHECK(error_of(home.apply("Match !exec false host web\n")).starts_with("config:1: "));
  CHECK(home.apply("Match exec true host db\n Port 1\n").ok());
  CHECK(home.apply("Match host db exec true\n Port 1\n").ok());
  CHECK(home.apply("Match exec true !originalhost web\n Port 1\n").ok());
  CHECK_FALSE(home.apply("Match tagged x\n").ok());
  CHECK(home.apply("Match localuser me,you user me\n Port 7\n")->port == 7);
  CHECK_FALSE(home.apply("Match localuser you\n Port 7\n")->port);
}

TEST_CASE("ssh_config: comfort is passed over, and an unknown keyword is told with the nearest one") {
  const ConfigHome home;
  CHECK(
      home.apply("ControlMaster auto\nControlPath ~/%C\nForwardAgent yes\nLocalForward 1 a:2\nSendEnv LANG LC_*\n"
                 "EscapeChar none\nLogLevel QUIET\nCiphers aes128-ctr\nGSSAPIAuthentication yes\nHashKnownHosts yes\n")
          .ok());
  const auto wrong = home.apply("Port 22\nHostNam web\n");
  CHECK(error_of(wrong).starts_with("config:2: unknown keyword 'HostNam'"));
  CHECK(wrong.error().hint == "did you mean HostName?");
  CHECK(home.apply("IgnoreUnknown Use*,Foo\nFoo bar\nUseFoo yes\nfOO x\n").ok());
  CHECK_FALSE(home.apply("IgnoreUnknown Bar\nIgnoreUnknown Foo\nFoo bar\n").ok());
  // What is known is not hidden, as in ssh: neither what is followed nor what is refused.
  CHECK(home.apply("IgnoreUnknown *\nPort 2222\n")->port == 2222);
  CHECK_FALSE(home.apply("IgnoreUnknown *\nHostKeyAlias other\n").ok());
  CHECK_FALSE(home.apply("Host other\nFoo bar\n").ok());
}

TEST_CASE("ssh_config: what would change whom we reach or what we take is followed, or refused") {
  const ConfigHome home;
  CHECK_FALSE(home.apply("RefuseConnection 'not from here'\n").ok());
  CHECK(home.apply("Host other\nRefuseConnection 'not from here'\n").ok());
  CHECK_FALSE(home.apply("AddressFamily inet6\n").ok());
  CHECK(home.apply("AddressFamily any\n").ok());
  CHECK(home.apply("RequiredRSASize 3072\nRSAMinSize 1024\n")->required_rsa_size == 3072);
  CHECK_FALSE(home.apply("RequiredRSASize large\n").ok());
}

TEST_CASE("ssh_config: agents") {
  const ConfigHome home;
  for (const char* value : {"SSH_AUTH_SOCK", "$SSH_AUTH_SOCK", "${SSH_AUTH_SOCK}"}) {
    CHECK(home.apply(std::string("IdentityAgent ") + value)->identity_agent == "SSH_AUTH_SOCK");
  }
  CHECK(home.apply("IdentityAgent none")->identity_agent == "none");
  CHECK_FALSE(home.apply("IdentityAgent $OTHER").ok());
  CHECK(home.apply("IdentityFile none\nUserKnownHostsFile none")->identity_files == std::vector<std::string>{"none"});
}

TEST_CASE("ssh_config: errors begin with the file and the line that is to be mended") {
  const ConfigHome home;
  for (const char* line : {"Port",
                           "Port 0",
                           "Port 65536",
                           "Port ssh",
                           "Port 22 23",
                           "User",
                           "User -l",
                           "User a;b",
                           "HostName a b",
                           "HostName -x",
                           "HostName %q",
                           "HostName %",
                           "HostName x%h%",
                           "HostName a/b",
                           "ServerAliveInterval 5x",
                           "ServerAliveInterval -1",
                           "ConnectTimeout ''",
                           "ServerAliveCountMax many",
                           "IdentitiesOnly maybe",
                           "StrictHostKeyChecking perhaps",
                           "IdentityFile",
                           "IdentityFile id",
                           "IdentityFile ~joe/id",
                           "IdentityFile ${X}/id",
                           "IdentityFile /%C",
                           "IdentityFile /a%",
                           "IdentityFile \"/a",
                           "UserKnownHostsFile a none",
                           "ProxyJump a,,b",
                           "ProxyJump -x",
                           "ProxyJump a:0",
                           "ProxyJump",
                           "Host",
                           "Host ''",
                           "Match",
                           "Match nonsense x",
                           "Match host",
                           "Match user x all host y",
                           "Match all=x",
                           "Include",
                           "Include ${X}",
                           "= x",
                           "ProxyCommand"}) {
    CAPTURE(line);
    CHECK(error_of(home.apply(std::string("\n") + line + "\n")).starts_with("config:2: "));
  }
}

}  // namespace runbook::ssh
