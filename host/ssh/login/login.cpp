// SPDX-License-Identifier: Apache-2.0
#include "host/ssh/login/login.h"

#include <libssh2.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <cstring>
#include <deque>

#include "host/core/text.h"
#include "host/ssh/login/host_key.h"
#include "host/ssh/login/identity.h"

namespace runbook::ssh {

namespace {

constexpr const char* kKeyExchange =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
    "diffie-hellman-group14-sha256,diffie-hellman-group14-sha1";
// Counter mode first: of what libssh2 has it costs the least.
constexpr const char* kCiphers =
    "aes128-ctr,aes256-ctr,aes192-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com";
constexpr const char* kMacs = "hmac-sha2-256,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-512-etm@openssh.com,hmac-sha1";

// Only what this libssh2 knows: from a list with other names in it, it takes them out by copying over itself.
void prefer(LIBSSH2_SESSION* raw, int method, const std::string& wanted) {
  const char** names = nullptr;
  const int count = libssh2_session_supported_algs(raw, method, &names);
  std::vector<std::string> known;
  for (const std::string& one : split(wanted, ',')) {
    for (int i = 0; i < count; ++i) {
      if (one == names[i]) known.push_back(one);
    }
  }
  if (count > 0) libssh2_free(raw, names);
  if (!known.empty()) libssh2_session_method_pref(raw, method, join(known, ",").c_str());
}

struct Login : std::enable_shared_from_this<Login> {
  SessionPtr session;
  std::shared_ptr<const LoginPlan> plan;
  std::shared_ptr<LoginFiles> files;
  Agent* agent = nullptr;
  Callback<void(Status)> done;
  std::string* only_key = nullptr;  ///< where the host key goes, when that is all that is wanted
  Cancel waiting, silence;
  std::deque<IdentityPtr> identities;
  std::vector<std::string> tried;
  std::string methods;  ///< what the server takes, once asked
  bool greeted = false;

  using Turn = bool (Login::*)();
  void then(Turn turn) {
    auto self = shared_from_this();
    session->add([self, turn] { return !self->done || (self.get()->*turn)(); }, [self](const Error& why) { self->lost(why); }, true);
  }
  void finish(Status status) {
    auto call = std::move(done);
    done.reset();
    waiting();
    silence();
    call(std::move(status));
  }
  void lost(const Error& why) {
    if (!greeted) {
      return finish(Error("ssh.busy", cat(plan->name, " closed the connection before the login began"),
                          "it may be refusing further ones (MaxStartups), or not take any from here")
                        .with("host", plan->name)
                        .retry()
                        .because(why));
    }
    finish(why);
  }

  void begin();
  bool handshake();
  void check_host_key();
  void gather();
  void next_identity();
  bool try_identity();
  bool ask_methods();
  void try_password();
  bool password();
  bool interactive();
  Error refused() const;
};

void Login::begin() {
  prefer(session->raw(), LIBSSH2_METHOD_KEX, kKeyExchange);
  prefer(session->raw(), LIBSSH2_METHOD_HOSTKEY, host_key_algorithms(*plan));
  for (const int method : {LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC}) prefer(session->raw(), method, kCiphers);
  for (const int method : {LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC}) prefer(session->raw(), method, kMacs);
  auto self = shared_from_this();
  // A server that takes the connection and says nothing, or not all.
  silence = session->loop().after(seconds(plan->connect_timeout), [self] {
    self->finish(Error("ssh.timeout", cat(self->plan->name, " took the connection, and the key exchange did not end within ",
                                          show_duration(self->plan->connect_timeout)),
                       "is it an SSH server, and is it well?")
                     .with("host", self->plan->name)
                     .retry());
  });
  then(&Login::handshake);
}

bool Login::handshake() {
  const int rc = libssh2_session_handshake(session->raw(), session->carrier().descriptor());
  greeted = greeted || libssh2_session_banner_get(session->raw()) != nullptr;
  if (rc == LIBSSH2_ERROR_EAGAIN) return false;
  if (rc == 0) {
    check_host_key();
    return true;
  }
  Error error = session->error("the key exchange");
  if (rc == LIBSSH2_ERROR_KEX_FAILURE || rc == LIBSSH2_ERROR_METHOD_NONE || rc == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED) {
    error = Error("ssh.algorithms", cat(plan->name, " and this program (libssh2 ", libssh2_version(0), ") have no algorithm in common"),
                  "older releases of libssh2 know no rsa-sha2 host keys, no AES-GCM and no EtM MACs: allow an Ed25519 host key, aes256-ctr and hmac-sha2-256 there")
                .with("host", plan->name);
  }
  finish(std::move(error));
  return true;
}

void Login::check_host_key() {
  silence();
  std::size_t size = 0;
  int type = 0;
  const char* blob = libssh2_session_hostkey(session->raw(), &size, &type);
  const std::string key(blob ? blob : "", size);
  if (only_key) {
    *only_key = key;
    return finish(Unit{});
  }
  bool is_new = false;
  if (Status trusted = judge_host_key(*plan, key, is_new); !trusted) return finish(std::move(trusted));
  if (!is_new || plan->new_keys_file.empty()) return gather();
  auto self = shared_from_this();
  const std::string line = known_hosts_line(plan->host, plan->port, key);
  // Another login, or another program, may have been told another key since the file was read.
  const auto still_new = [plan = plan, key](const KnownHosts& now) -> Result<bool> {
    LoginPlan again = *plan;
    again.known = std::make_shared<const KnownHosts>(now);
    bool wanted = false;
    RUNBOOK_TRY(judge_host_key(again, key, wanted));
    return wanted;
  };
  waiting = session->loop().blocking<Unit>([files = files, path = plan->new_keys_file, line, still_new] { return files->add_known_host(path, line, still_new); },
                                           [self](Status added) {
                                             if (!added) return self->finish(std::move(added));
                                             self->gather();
                                           });
}

// Whatever the caller named comes first, the agent next: an attempt that fails counts against the server's limit.
void Login::gather() {
  const char* banner = libssh2_session_banner_get(session->raw());
  const std::string server = banner ? banner : "";
  std::vector<LoginPlan::Key> only_in_agent;
  for (const LoginPlan::Key& key : plan->keys) {
    if (key.key) {
      for (auto& identity : identities_of(key.key, key.path, server)) identities.push_back(std::move(identity));
    } else {
      only_in_agent.push_back(key);
    }
  }
  const bool ask_agent = agent != nullptr && (!plan->only_these_keys || !only_in_agent.empty()) && plan->password.empty();
  if (!ask_agent) return next_identity();
  auto self = shared_from_this();
  waiting = agent->keys([self, only_in_agent, server](Result<std::vector<AgentKey>> keys) {
    if (!keys) {
      self->tried.push_back(cat("the agent (", keys.error().message, ")"));
      return self->next_identity();
    }
    for (const AgentKey& key : *keys) {
      if (is_short_rsa(key.blob, self->plan->rsa_bits)) continue;
      bool wanted = !self->plan->only_these_keys;
      for (const LoginPlan::Key& named : only_in_agent) wanted = wanted || named.blob == key.blob;
      for (const IdentityPtr& there : self->identities) wanted = wanted && !there->is(key.blob);
      if (!wanted) continue;
      for (auto& identity : identities_of(*self->agent, key, self->session, server)) self->identities.push_back(std::move(identity));
    }
    self->next_identity();
  });
}

void Login::next_identity() {
  if (!identities.empty()) return then(&Login::try_identity);
  then(&Login::ask_methods);
}

int sign(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* size, const unsigned char* data, std::size_t data_size, void** abstract) {
  return static_cast<Identity*>(*abstract)->sign(signature, size, {reinterpret_cast<const char*>(data), data_size});
}

bool Login::try_identity() {
  Identity& identity = *identities.front();
  void* abstract = &identity;
  const int rc = libssh2_userauth_publickey(session->raw(), plan->user.c_str(), reinterpret_cast<const unsigned char*>(identity.blob().data()),
                                            identity.blob().size(), sign, &abstract);
  if (rc == LIBSSH2_ERROR_EAGAIN) return false;
  if (rc == 0) {
    finish(Unit{});
    return true;
  }
  tried.push_back(cat(identity.name(), identity.problem().empty() ? "" : cat(" (", identity.problem(), ")")));
  identities.pop_front();
  next_identity();
  return true;
}

bool Login::ask_methods() {
  const char* list = libssh2_userauth_list(session->raw(), plan->user.c_str(), static_cast<unsigned>(plan->user.size()));
  if (!list) {
    if (libssh2_session_last_errno(session->raw()) == LIBSSH2_ERROR_EAGAIN) return false;
    if (libssh2_userauth_authenticated(session->raw()) != 0) {
      finish(Unit{});  // it lets in whoever asks
    } else {
      finish(refused());
    }
    return true;
  }
  methods = list;
  try_password();
  return true;
}

void Login::try_password() {
  const std::vector<std::string> offered = split(methods, ',');
  const auto takes = [&offered](const char* method) {
    for (const std::string& one : offered) {
      if (one == method) return true;
    }
    return false;
  };
  if (plan->password.empty()) return finish(refused());
  if (takes("password")) return then(&Login::password);
  if (takes("keyboard-interactive")) return then(&Login::interactive);
  finish(refused());
}

bool Login::password() {
  const int rc = libssh2_userauth_password_ex(session->raw(), plan->user.c_str(), static_cast<unsigned>(plan->user.size()), plan->password.c_str(),
                                              static_cast<unsigned>(plan->password.size()), nullptr);
  if (rc == LIBSSH2_ERROR_EAGAIN) return false;
  if (rc == 0) {
    finish(Unit{});
    return true;
  }
  tried.emplace_back("the password");
  finish(refused());
  return true;
}

}  // namespace

char* allocated(std::string_view text) {
  auto* out = static_cast<char*>(std::malloc(text.size() + 1));
  if (out == nullptr) return nullptr;
  std::memcpy(out, text.data(), text.size());
  out[text.size()] = '\0';
  return out;
}

namespace {

// The one thing that a program can answer is a question for the password: the first one without echo.
void answer(const char*, int, const char*, int, int count, const LIBSSH2_USERAUTH_KBDINT_PROMPT* prompts,
            LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** abstract) {
  auto& unused_password = static_cast<Session*>(*abstract)->password_answer;
  for (int i = 0; i < count; ++i) {
    const bool mine = prompts[i].echo == 0 && !unused_password.empty();
    const std::string_view text = mine ? std::string_view(unused_password) : std::string_view();
    responses[i].text = allocated(text);
    responses[i].length = responses[i].text ? static_cast<unsigned>(text.size()) : 0;
    if (!mine) continue;
    OPENSSL_cleanse(unused_password.data(), unused_password.size());
    unused_password.clear();
  }
}

bool Login::interactive() {
  if (tried.empty() || tried.back() != "the password") {
    tried.emplace_back("the password");
    session->password_answer = plan->password;
  }
  const int rc = libssh2_userauth_keyboard_interactive_ex(session->raw(), plan->user.c_str(), static_cast<unsigned>(plan->user.size()), answer);
  if (rc == LIBSSH2_ERROR_EAGAIN) return false;
  OPENSSL_cleanse(session->password_answer.data(), session->password_answer.size());
  session->password_answer.clear();
  if (rc == 0) {
    finish(Unit{});
  } else {
    finish(refused());
  }
  return true;
}

Error Login::refused() const {
  std::string message = cat(plan->name, " refuses the login of '", plan->user, '\'');
  message += tried.empty() ? ": there was no key or password to offer" : cat("; tried: ", join(tried, ", "));
  std::string hint;
  if (!methods.empty()) hint = cat("it takes: ", methods);
  for (const std::string& note : plan->notes) hint += cat(hint.empty() ? "" : "; ", note);
  return Error("ssh.auth", std::move(message), std::move(hint)).with("host", plan->name).with("user", plan->user);
}

}  // namespace

Cancel log_in(const SessionPtr& session, std::shared_ptr<const LoginPlan> plan, std::shared_ptr<LoginFiles> files, Agent* agent,
              Callback<void(Status)> done) {
  auto login = std::make_shared<Login>();
  login->session = session;
  login->plan = std::move(plan);
  login->files = std::move(files);
  login->agent = agent;
  login->done = std::move(done);
  login->begin();
  return [login] {
    login->done.reset();
    login->waiting();
    login->silence();
  };
}

Cancel fetch_host_key(const SessionPtr& session, std::shared_ptr<const LoginPlan> plan, Callback<void(Result<std::string>)> done) {
  auto login = std::make_shared<Login>();
  login->session = session;
  login->plan = std::move(plan);
  auto key = std::make_shared<std::string>();
  login->only_key = key.get();
  login->done = [key, done = std::move(done)](Status status) mutable {
    if (status) return done(std::move(*key));
    done(std::move(status).error());
  };
  login->begin();
  return [login] {
    login->done.reset();
    login->silence();
  };
}

}  // namespace runbook::ssh
