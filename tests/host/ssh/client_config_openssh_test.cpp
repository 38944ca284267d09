// SPDX-License-Identifier: Apache-2.0
//
// The same files to the real client: `ssh -G` prints what it would do.
#include <pwd.h>
#include <unistd.h>

#include <map>
#include <sstream>

#include "host/core/text.h"
#include "tests/host/ssh/config_fixture.h"
#include "tests/host/ssh/openssh.h"
#include "tests/support/skip.h"

namespace runbook::ssh {
namespace {

using Lines = std::multimap<std::string, std::string>;

const char* const kCompared[] = {"hostname",
                                 "user",
                                 "port",
                                 "identityfile",
                                 "certificatefile",
                                 "identitiesonly",
                                 "identityagent",
                                 "userknownhostsfile",
                                 "stricthostkeychecking",
                                 "proxyjump",
                                 "serveraliveinterval",
                                 "serveralivecountmax",
                                 "connecttimeout"};

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
}

/// What ssh prints, with our home in place of '~', and of the home that passwd names: only Include heeds $HOME.
Lines ssh_says(const ConfigHome& home, const std::string& file, const std::string& alias, const std::string& user) {
  std::istringstream out(output_of(cat("env HOME=", home.path(), " ssh -G -F ", file, user.empty() ? "" : " -l " + user,
                                       " ", alias, " 2>/dev/null </dev/null")));
  Lines lines;
  for (std::string line; std::getline(out, line);) {
    const std::string keyword = line.substr(0, line.find(' '));
    std::string value = line.substr(std::min(keyword.size() + 1, line.size()));
    if (keyword == "userknownhostsfile") replace_all(value, cat(getpwuid(getuid())->pw_dir, "/"), "~/");
    replace_all(value, "~/", home.path() + "/");
    for (const char* compared : kCompared) {
      if (keyword == compared) lines.emplace(keyword, value);
    }
  }
  return lines;
}

/// Ours in the same form, with ssh's defaults.
Lines we_say(const HostConfig& config, const ConfigHome& home, const std::string& local_user) {
  Lines lines;
  lines.emplace("hostname", config.host_name);
  lines.emplace("user", config.user.value_or(local_user));
  lines.emplace("port", std::to_string(config.port.value_or(22)));
  for (const auto& file : config.identity_files) lines.emplace("identityfile", file);
  for (const auto& file : config.certificate_files) lines.emplace("certificatefile", file);
  lines.emplace("identitiesonly", config.identities_only.value_or(false) ? "yes" : "no");
  if (config.identity_agent) lines.emplace("identityagent", *config.identity_agent);
  const std::string known = home.path() + "/.ssh/known_hosts";
  lines.emplace("userknownhostsfile",
                config.known_hosts_files.empty() ? known + " " + known + "2" : join(config.known_hosts_files, " "));
  std::string strict = config.strict_host_key_checking.value_or("ask");
  lines.emplace("stricthostkeychecking", strict == "yes" ? "true" : strict == "no" ? "false" : strict);
  std::vector<std::string> jumps;
  for (const Address& jump : config.jumps) jumps.push_back(jump.show());
  if (!jumps.empty()) lines.emplace("proxyjump", join(jumps, ","));
  const auto whole = [](double seconds) { return std::to_string(static_cast<long>(seconds)); };
  lines.emplace("serveraliveinterval", whole(config.alive_interval.value_or(0)));
  lines.emplace("serveralivecountmax", std::to_string(config.alive_count.value_or(3)));
  lines.emplace("connecttimeout", config.connect_timeout ? whole(*config.connect_timeout) : "none");
  return lines;
}

std::string shown(const Lines& lines) {
  std::string out;
  for (const auto& [keyword, value] : lines) out += cat(keyword, ' ', value, '\n');
  return out;
}

struct Case {
  const char* text;
  const char* alias = "web";
  const char* user = "";
};

const Case kGood[] = {
    {""},
    {"Host web\n HostName web1.example.com\n User deploy\n Port 2222\n"},
    {"Host web\n Port 1\nHost *\n Port 2\n User x\n"},
    {"Host *\n Port 2\nHost web\n Port 1\n"},
    {"Host !web *\n Port 1\nHost * !web\n Port 2\nHost !db w*\n Port 3\n"},
    {"Host w?b db\n Port 1\n"},
    {"Host WEB\n Port 1\nHost web\n Port 2\n", "WEB"},
    {"HostName %h.Example.COM\nHost web\n Port 5\n", "Web"},
    {"HostName %h-%h.example.com\nMatch host web-web.*\n Port 6\nMatch originalhost web\n User orig\n"},
    {"Match host WEB\n Port 1\n"},
    {"Match user root\n Port 1\nMatch user deploy\n Port 2\n", "web", "deploy"},
    {"User joe\nMatch user joe,ann\n Port 1\n"},
    {"Match !user joe host web\n Port 1\n"},
    {"Match all\n Port 1\nMatch host db\n User x\nMatch all\n User y\n"},
    {"Match !all\n Port 1\n"},
    {"Match host=web user=deploy\n Port 1\n", "web", "deploy"},
    {"Match host \"w*,!web2\" # comment\n Port 1\n"},
    {"Match canonical\n Port 1\nMatch !canonical\n User x\n"},
    {"Host web\n HostName web.example.com\nHost web.example.com\n User second\nMatch final\n Port 99\nMatch final host "
     "web\n Port 98\n"},
    {"Match !final\n Port 1\nMatch canonical all\n User x\nMatch final all\n ServerAliveCountMax 9\n"},
    {"IdentityFile ~/.ssh/a\nIdentityFile /b\nHost web\n IdentityFile ~/.ssh/a\n IdentityFile \"/c d\"\n"},
    {"IdentityFile none\nIdentitiesOnly true\nIdentityAgent none\n"},
    {"CertificateFile ~/a-cert.pub\nCertificateFile /b-cert.pub\nIdentityAgent /run/agent\n"},
    {"IdentityAgent SSH_AUTH_SOCK\nIdentityAgent none\n"},
    {"UserKnownHostsFile /a ~/b \"/c d\"\nUserKnownHostsFile /x\n"},
    {"UserKnownHostsFile none\nStrictHostKeyChecking no\n"},
    {"StrictHostKeyChecking accept-new\nStrictHostKeyChecking yes\n"},
    {"StrictHostKeyChecking YES\n"},
    {"StrictHostKeyChecking=off\n"},
    {"ProxyJump joe@a:2222,b,c:1\n"},
    {"Host web\n ProxyJump none\nHost *\n ProxyJump gate\n"},
    {"ProxyJump [2001:db8::1]:22\n"},
    {"ServerAliveInterval 1m30s\nServerAliveCountMax 0\nConnectTimeout 2H\n"},
    {"ServerAliveInterval 1W2d\nConnectTimeout none\nConnectTimeout 5\n"},
    {"  hostname  =   a.example  \nPORT=\"22\"\n\tuser\tdeploy\t\n"},
    {"HostName = a.example # comment\nPort 22 #comment\n#Port 3\n   # x\n"},
    {"IdentityFile '/a b/\\'c\\''\nIdentityFile /d\\ e\nIdentityFile \"/f\\\\g\\\"h\"\nIdentityFile /i\\j\n"},
    {"IdentityFile /a#b\nIdentityFile /a\" b\"c\n"},
    {"Port 22\r\nUser deploy\r\nHostName x\r\n"},
    {"Host web\n Include one\n User after\nInclude two\n"},
    {"Host db\n Include one\nHost web\n Include two none-there\n Port 99\n"},
    {"Include conf.d/*.conf ~/.ssh/one\n"},
    {"Match host web\n Include two\n Port 7\n"},
    {"IgnoreUnknown UseNothing,Foo*\nUseNothing yes\nFooBar x\nPort 3\n"},
    {"ControlMaster auto\nControlPath ~/%C\nForwardAgent yes\nSendEnv LANG\nLocalForward 8080 a:80\nPort 4\n"},
    {"ProxyCommand none\nProxyJump gate\n"},
};

/// What both refuse.
const char* const kBad[] = {
    "Port 0\n",
    "Port 65536\n",
    "Port\n",
    "Port 22 23\n",
    "Port \"22\n",
    "Foo bar\n",
    "Host other\nFoo bar\n",
    "Match\n",
    "Match host\n",
    "Match nonsense x\n",
    "Match host web all host x\n",
    "Match all host web\n",
    "Host\n",
    "Host \"\"\n",
    "ServerAliveInterval 5x\n",
    "ConnectTimeout x\n",
    "StrictHostKeyChecking maybe\n",
    "IdentitiesOnly maybe\n",
    "UserKnownHostsFile none /a\n",
    "UserKnownHostsFile /a none\n",
    "ProxyJump a:0\n",
    "ProxyJump a,,b\n",
    "Include\n",
    "Include loop\n",
    "ServerAliveCountMax x\n",
    "IdentityFile\n",
    "IdentityFile a b\n",
    "HostName %q\n",
    "Include ../.ssh/loop\n",
};

}  // namespace

TEST_CASE("ssh_config: files mean what they mean to ssh -G") {
  if (!have_openssh()) RUNBOOK_SKIP("there is no ssh");
  const ConfigHome home;
  home.file("one", "User one\nHost other\n Port 1\n");
  home.file("two", "Host web\n Port 2\nMatch all\n ServerAliveCountMax 22\n");
  home.file("conf.d/10.conf", "Host web\n Port 10\n");
  home.file("conf.d/20.conf", "Port 20\nUser twenty\n");
  home.file("conf.d/30.other", "ServerAliveCountMax 30\n");
  const std::string local_user(trim(output_of("id -un")));
  for (const Case& one : kGood) {
    const std::string file = home.file("config", one.text);
    const Lines theirs = ssh_says(home, file, one.alias, one.user);
    HostConfig config;
    const auto applied = apply_config({{file, one.text}}, one.alias, one.user, home.context(local_user), config);
    CAPTURE(one.text, applied.ok() ? "" : applied.error().message);
    CHECK_FALSE(theirs.empty());
    CHECK(applied.ok());
    if (applied && !theirs.empty()) {
      Lines named = theirs;
      // Which keys are tried by default differs between releases.
      if (config.identity_files.empty()) {
        CHECK(named.find("identityfile")->second.find("/.ssh/id_") != std::string::npos);
        named.erase("identityfile");
      }
      CHECK(shown(we_say(config, home, local_user)) == shown(named));
    }
  }
}

TEST_CASE("ssh_config: what ssh refuses is refused") {
  if (!have_openssh()) RUNBOOK_SKIP("there is no ssh");
  const ConfigHome home;
  home.file("loop", "Include loop\n");
  for (const char* text : kBad) {
    CAPTURE(text);
    const std::string file = home.file("config", text);
    CHECK(ssh_says(home, file, "web", "").empty());
    HostConfig config;
    CHECK_FALSE(apply_config({{file, text}}, "web", "", home.context(), config).ok());
  }
}

TEST_CASE("ssh_config: tokens in IdentityFile become what ssh makes of them") {
  if (!have_openssh()) RUNBOOK_SKIP("there is no ssh");
  const ConfigHome home;
  const std::string text =
      "Host web\n HostName %h.example\n IdentityFile /t/%r@%h:%p-%n-%u-%i-%k%%\n User joe\n Port 77\n";
  const std::string file = home.file("config", text);
  const std::string local_user(trim(output_of("id -un")));
  HostConfig config;
  REQUIRE(apply_config({{file, text}}, "web", "", home.context(local_user), config).ok());
  REQUIRE(config.identity_files.size() == 1);
  const std::string said = output_of("ssh -v -F " + file + " -o ProxyCommand=/bin/false web 2>&1 </dev/null");
  CHECK(said.find("identity file " + config.identity_files[0] + " type") != std::string::npos);
}

}  // namespace runbook::ssh
