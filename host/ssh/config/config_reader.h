// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/ssh/config/client_config.h"
#include "host/ssh/config/config_keywords.h"
#include "host/ssh/config/config_line.h"

namespace runbook::ssh {

/// What the lines that apply say, as written. Nothing is replaced yet: %p may stand before the Port that it means.
struct RawConfig {
  std::optional<Said> host_name, user, identity_agent;
  std::optional<int> port, alive_count, required_rsa_size;
  std::optional<bool> identities_only;
  std::optional<std::string> strict_host_key_checking;
  std::optional<double> alive_interval, connect_timeout;
  std::vector<Said> identity_files, certificate_files;
  std::optional<std::vector<Said>> known_hosts_files;
  std::optional<Said> proxy;  ///< ProxyJump, or "none" of either keyword: the first one wins over the other
  std::optional<std::string> ignore_unknown;
};

/// Goes through files line by line and keeps the first value of each keyword that applies.
class ConfigReader {
 public:
  ConfigReader(const ConfigContext& context, std::string alias);

  Status read(const ConfigFile& file);
  bool wants_final_pass() const { return wants_final_pass_; }
  /// From now on Host compares with `host_name`, and Match final holds.
  void begin_final_pass(std::string host_name);
  RawConfig& found() { return found_; }
  /// HostName with its tokens replaced, in lower case; the alias where there is none.
  Result<std::string> host_name() const;

 private:
  using Words = std::vector<std::string>;

  Status read_text(std::string_view text, const std::string& file, bool system);
  Status read_line(std::string_view text, const Place& place, bool system);
  Status begin_block(const KeywordEntry& entry, const Words& words, const Place& place);
  Result<Words> files_named(const std::string& word, const Place& place, bool system) const;
  Status include(const Words& words, const Place& place, bool system);
  Status include_file(const std::string& path, const Place& place, bool system);
  Status set(const KeywordEntry& entry, const Words& words, const Place& place);
  Status add_file(std::vector<Said>& files, const KeywordEntry& entry, const std::string& word, const Place& place);
  Status set_known_hosts(const Words& words, const Place& place);
  Status set_number(const KeywordEntry& entry, const std::string& word, const Place& place);
  Status set_word(const KeywordEntry& entry, const std::string& word, const Place& place);
  Status refuse(const KeywordEntry& entry, const Words& words, const Place& place);

  const ConfigContext& context_;
  std::string alias_;
  std::string host_;  ///< what Host compares with
  bool final_pass_ = false;
  bool wants_final_pass_ = false;
  bool active_ = true;  ///< whether the lines of this block apply
  std::vector<std::string> open_files_;
  int included_ = 0;
  std::set<std::string> harmless_;  ///< keywords that are refused, but whose first value was harmless
  RawConfig found_;
};

}  // namespace runbook::ssh
