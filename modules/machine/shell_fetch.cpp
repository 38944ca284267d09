// SPDX-License-Identifier: Apache-2.0
// A file comes from there: what has arrived stays when the connection is lost, and is gone on from.
#include <charconv>

#include "host/core/text.h"
#include "modules/machine/local_draft.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_records.h"
#include "modules/machine/shell_scripts.h"
#include "modules/machine/shell_scripts_transfer.h"
#include "modules/machine/transfer_job.h"

namespace runbook::machine {

namespace {

constexpr std::size_t kMostHeader = 4096;
constexpr std::size_t kMostWaiting = 1U << 20U;  // of what has come and is not written yet

/// "file SIZE SHA256 MODIFIED MODE"
struct Remote {
  std::uint64_t size = 0;
  std::string sha256;  ///< empty where nothing there can tell it
  std::int64_t modified = 0;
  unsigned mode = 0644;
};

std::optional<Remote> parse(const std::string& line) {
  const std::vector<std::string> words = split(line, ' ');
  if (words.size() != 5 || words[0] != "file") return std::nullopt;
  const auto number = [](const std::string& word, auto& into, int base) {
    return std::from_chars(word.data(), word.data() + word.size(), into, base).ec == std::errc();
  };
  Remote remote;
  if (!number(words[1], remote.size, 10) || !number(words[3], remote.modified, 10) || !number(words[4], remote.mode, 8))
    return std::nullopt;
  if (words[2] != "-") remote.sha256 = words[2];
  return remote;
}

/// What is here already.
struct Here {
  std::shared_ptr<LocalDraft> draft;
  Value state;  ///< only looked at
  std::string path;
  bool same = false;
};

class Fetch : public TransferJob<Fetch> {
 public:
  Fetch(Invocation call, std::string from, Done done, Verb verb)
      : TransferJob(std::move(call), std::move(from), std::move(done)), verb_(verb) {}

  void begin() {
    ++attempt_;
    header_.clear();
    remote_.reset();
    here_ = {};
    waiting_.clear();
    want_.reset();
    answer_.reset();
    busy_ = ended_ = false;
    flow_ = std::make_shared<ShellFlow>();
    Variables variables;
    variables.set("a", path_);
    ShellScript script;
    script.text = cat(kBaseFunctions, variables.text(), kFetchScript);
    script.flow = flow_;
    script.on_out = [self = shared_from_this()](std::string_view bytes) { self->hear(bytes); };
    run(std::move(script), &Fetch::say, &Fetch::over);
  }

 private:
  void hear(std::string_view bytes) {
    if (!remote_) {
      header_ += bytes;
      const std::size_t end = header_.find('\n');
      if (end == std::string::npos && header_.size() < kMostHeader) return;
      remote_ = parse(header_.substr(0, end));
      if (!remote_)
        return finish(garbled(path_));
      return look();
    }
    waiting_ += bytes;
    if (waiting_.size() > kMostWaiting && flow_->set_paused) flow_->set_paused(true);
    write();
  }

  void look() {
    auto job = [only_look = verb_ == Verb::kDownloadVerify, args = args_, reach = reach_, files = files_,
                remote = *remote_, from = path_, fresh = fresh_]() {
      return only_look ? compare(*files, reach, args, remote) : prepare(files, reach, args, remote, fresh);
    };
    busy_ = true;
    work<Here>(std::move(job), [this](Here here) {
      busy_ = false;
      here_ = std::move(here);
      const bool wanted = here_.draft && !here_.same;
      const std::uint64_t from = wanted ? here_.draft->size() : 0;
      tries_.arrived(from);
      // All of it has come already: nothing is left to ask for.
      const bool more = wanted && (from < remote_->size || remote_->size == 0);
      answer_ = more ? std::to_string(from) + "\n" : "no\n";
      say();
      if (ended_) end();
    });
  }

  static Result<Here> compare(const files::Tree& files, const Reach& reach, const Value& args, const Remote& remote) {
    Here here;
    auto path = reach.read(args["to"], files::Last::kKeep);
    if (!path) return std::move(path).error();
    here.path = *path;
    ContentSeen seen;
    auto attributes = attributes_of(files, args);
    if (!attributes) return std::move(attributes).error();
    seen.wanted.attributes = *attributes;
    seen.wanted.owner = args["owner"].as_string();
    seen.wanted.group = args["group"].as_string();
    auto entry = files.stat(*path);
    if (!entry && entry.error().code != "file.not_found") return std::move(entry).error();
    if (entry) {
      if (entry->type == "file" && entry->size == remote.size) {
        auto sum = sha256_file(files, *path);
        if (!sum) return std::move(sum).error();
        seen.sha256 = *sum;
      }
      seen.found = Found{*entry, files.user_name(entry->uid), files.group_name(entry->gid)};
    }
    // The text of the new content has not been asked for.
    ContentWanted wanted{remote.size, remote.sha256, remote.size == 0 ? "" : std::string(), {}};
    if (args["keep_times"].as_bool()) wanted.modified = remote.modified;
    here.state = transfer_verified(seen, wanted, *path);
    return here;
  }

  static Result<Here> prepare(const files::TreePtr& files, const Reach& reach, const Value& args, const Remote& remote,
                              bool fresh) {
    const std::string& known = args["sha256"].as_string();
    if (!known.empty() && !remote.sha256.empty() && known != remote.sha256)
      return source_changed(args["from"].as_string());
    if (auto path = reach.write(args["to"]); !path) return std::move(path).error();
    auto here = compare(*files, reach, args, remote);
    if (!here) return here;
    here->same = here->state["content"].as_bool();
    if (here->same) return here;
    auto draft = LocalDraft::open(files, here->path,
                                  fresh || remote.sha256.empty() ? "" : part_name(remote.sha256, last_of(here->path)));
    if (!draft) return std::move(draft).error();
    if ((*draft)->size() > remote.size) RUNBOOK_TRY((*draft)->empty());
    here->draft = std::move(*draft);
    return here;
  }

  void say() {
    if (!want_ || !remote_ || busy_) return;
    auto want = std::move(want_);
    if (!answer_) return want(std::nullopt);
    std::string text = std::move(*answer_);
    answer_.reset();
    want(std::move(text));
  }

  void write() {
    if (busy_ || !here_.draft || waiting_.empty()) return;
    // It has grown, or whoever sends does not know an end.
    if (waiting_.size() > remote_->size - here_.draft->size()) {
      here_.draft->discard();
      return finish(source_changed(path_));
    }
    busy_ = true;
    auto bytes = std::make_shared<std::string>(std::move(waiting_));
    waiting_.clear();
    if (flow_->set_paused) flow_->set_paused(false);
    auto job = [draft = here_.draft, bytes] { return draft->add(*bytes); };
    work<Unit>(std::move(job), [this](Unit) {
      busy_ = false;
      progress_.report(here_.draft->size(), remote_->size);
      write();
      if (ended_) end();
    });
  }

  void over(Result<ShellEnd> result) {
    failed_.reset();
    if (!result) {
      failed_ = std::move(result).error();
    } else {
      failed_ = failure_of(*result, "read", path_);
    }
    ended_ = true;
    end();
  }

  // What has arrived is written first, whatever has happened since.
  void end() {
    if (busy_ || !waiting_.empty()) return;
    ++attempt_;
    if (failed_) return try_again(std::move(*failed_));
    if (!remote_) return try_again(Error("machine.io", cat("'", printable(path_), "' did not arrive whole")).retry());
    if (verb_ == Verb::kDownloadVerify) return finish(std::move(here_.state));
    if (here_.draft && here_.draft->size() < remote_->size) {
      return try_again(Error("machine.io", cat("'", printable(path_), "' did not arrive whole")).retry());
    }
    auto job = [here = here_, args = args_, files = files_, remote = *remote_]() {
      return place(*files, here, args, remote);
    };
    work_ = loop_.blocking<Value>(std::move(job), [self = shared_from_this()](Result<Value> placed) {
      if (placed) return self->finish(std::move(placed));
      Error error = own(std::move(placed).error());
      if (error.code != "machine.source_changed" || self->fresh_) return self->finish(std::move(error));
      self->fresh_ = true;
      self->try_again(std::move(error));
    });
  }

  static Result<Value> place(const files::Tree& files, const Here& here, const Value& args, const Remote& remote) {
    auto attributes = attributes_of(files, args);
    if (!attributes) return std::move(attributes).error();
    attributes->new_mode = remote.mode & 0777;
    std::optional<std::int64_t> modified;
    if (args["keep_times"].as_bool()) modified = remote.modified;
    if (here.same) {
      RUNBOOK_TRY(files.update(here.path, *attributes));
      if (modified) RUNBOOK_TRY(set_modified(files, here.path, *modified));
      return transferred(here.path, remote.size, remote.sha256, !here.state["same"].as_bool());
    }
    const std::string sum = here.draft->finish();
    if (here.draft->size() != remote.size || (!remote.sha256.empty() && sum != remote.sha256)) {
      here.draft->discard();
      return source_changed(args["from"].as_string());
    }
    RUNBOOK_TRY(here.draft->place(*attributes, modified));
    return transferred(here.path, remote.size, sum, true);
  }

  friend TransferJob;
  void release() { here_ = {}; }

  void try_again(Error error) {
    release();
    again(std::move(error), &Fetch::begin);
  }

  Verb verb_;
  bool fresh_ = false;
  // Of one attempt:
  std::string header_;
  std::optional<Remote> remote_;
  Here here_;
  std::string waiting_;
  std::shared_ptr<ShellFlow> flow_;
  std::optional<std::string> answer_;
  std::optional<Error> failed_;
  bool busy_ = false, ended_ = false;
};

}  // namespace

Cancel shell_fetch(Verb verb, Invocation call, Done done) {
  return start_job<Fetch>("from", std::move(call), std::move(done), verb);
}

}  // namespace runbook::machine
