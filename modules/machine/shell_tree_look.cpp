// SPDX-License-Identifier: Apache-2.0
// How a tree there differs from one here: one listing in one round trip, and the checksums that it takes.
#include <algorithm>
#include <cmath>

#include "host/core/shell_quote.h"
#include "host/core/text.h"
#include "modules/machine/file_tree.h"
#include "modules/machine/shell_error.h"
#include "modules/machine/shell_records.h"
#include "modules/machine/shell_scripts.h"
#include "modules/machine/shell_scripts_transfer.h"
#include "modules/machine/transfer_job.h"

namespace runbook::machine {

namespace {

constexpr std::size_t kMostListing = 80U << 20U;

/// What a tree there is like, by the output of kTreeListScript.
struct Listing {
  bool absent = false;
  std::string path;
  TreeWishes owner;
  FileTree tree;
  LeftAlone left;
  std::string rest;  ///< checksums
};

Result<Listing> read_listing(const std::string& out, const std::string& mark, const std::string& path,
                             const Excludes& excludes) {
  ShellEnd end;
  end.out = out;
  end.mark = mark;
  Records records(end);
  Listing listing;
  listing.path = path;
  listing.absent = records.line() == "absent";
  if (listing.absent) return listing;
  const auto ids = records.ids();
  const auto where = records.where();
  if (!ids || !where) return garbled(path);
  listing.path = *where;
  listing.owner.uid = ids->uid;
  listing.owner.gid = ids->gid;
  for (;;) {
    const auto piece = records.piece();
    if (!piece) return garbled(path);
    if (piece->empty()) break;
    auto found = Records::parse(*piece);
    if (!found) return garbled(path);
    const std::string name = found->entry.name;
    if (name.empty()) continue;
    const bool excluded = excludes.matches(name);
    if (excluded || !has_content(found->entry)) {
      listing.left.emplace(name, excluded ? "" : found->entry.type);
    } else if (listing.tree.size() >= kMostInTree) {
      return own(too_many_in_tree(path));
    } else {
      listing.tree.emplace(name, std::move(found->entry));
    }
  }
  for (;;) {
    const auto name = records.piece();
    if (!name) return garbled(path);
    if (name->empty()) break;
    const auto target = records.piece();
    if (!target) return garbled(path);
    const auto found = listing.tree.find(std::string(name->substr(std::min<std::size_t>(2, name->size()))));
    if (found != listing.tree.end()) found->second.target = *target;
  }
  for (;;) {
    const auto name = records.piece();
    if (!name) return garbled(path);
    if (name->empty()) break;
    listing.left.emplace(name->substr(std::min<std::size_t>(2, name->size())), "");
  }
  records.line();  // sums, or none
  listing.rest = records.rest();
  return listing;
}

// "SHA256  ./name"; with a backslash before it where some characters of the name are written by one.
std::map<std::string, std::string> read_sums(const std::string& text) {
  std::map<std::string, std::string> sums;
  for (const std::string& line : split(text, '\n')) {
    const bool escaped = line.starts_with('\\');
    const std::string rest = line.substr(escaped ? 1 : 0);
    if (rest.size() < 68 || rest.substr(64, 4) != "  ./") continue;
    std::string name;
    for (std::size_t i = 68; i < rest.size(); ++i) {
      if (escaped && rest[i] == '\\' && i + 1 < rest.size()) {
        ++i;
        name += rest[i] == 'n' ? '\n' : rest[i] == 'r' ? '\r' : rest[i];
      } else {
        name += rest[i];
      }
    }
    sums[name] = rest.substr(0, 64);
  }
  return sums;
}

std::string find_text(const Excludes& excludes) {
  std::string text = "pruned() { find . ! -name . \\( -name '.runbook-*'";
  for (const std::string& name : excludes.names()) text += " -o -name " + shell_quote(name);
  return text + " \\) -prune \"$@\"; }\nskip() { pruned -o \"$@\"; }\n";
}

// A job on a worker thread in the middle of a script: what has been printed is looked at, and answered.
class TreeLook : public TransferJob<TreeLook> {
 public:
  TreeLook(Invocation call, std::string to, Done done)
      : TransferJob(std::move(call), std::move(to), std::move(done)), excludes_(args_["exclude"].as_strings()) {}

  void begin() {
    auto job = [reach = reach_, files = files_, args = args_, excludes = excludes_]() -> Result<FileTree> {
      auto root = reach.read(args["from"]);
      if (!root) return std::move(root).error();
      return walk_tree(*files, *root, excludes);
    };
    work<FileTree>(std::move(job), [this](FileTree tree) {
      here_ = std::make_shared<FileTree>(std::move(tree));
      list();
    });
  }

 private:
  void list() {
    Variables variables;
    variables.flag("delete", args_["delete"].as_bool());
    variables.set("a", path_).set("owner", args_["owner"].as_string()).set("group", args_["group"].as_string());
    flow_ = std::make_shared<ShellFlow>();
    ShellScript script;
    script.text = cat(kBaseFunctions, variables.text(), find_text(excludes_), kTreeListScript);
    script.flow = flow_;
    const auto self = shared_from_this();
    script.on_out = [self](std::string_view bytes) {
      self->out_ += bytes;
      if (self->out_.size() > kMostListing) return self->finish(own(too_many_in_tree(self->path_)));
      if (!self->asked_ && self->out_.ends_with(cat(self->flow_->mark, "\nsums\n"))) self->ask();
    };
    run(std::move(script), &TreeLook::say, &TreeLook::over);
  }

  void ask() {
    asked_ = true;
    auto job = [out = out_, mark = flow_->mark, to = path_, here = here_, excludes = excludes_]() -> Result<std::string> {
      auto listing = read_listing(out, mark, to, excludes);
      if (!listing) return std::move(listing).error();
      std::string names;
      for (const std::string& name : undecided(*here, listing->tree)) {
        // What is said of such a name could be taken for what is said of another: it counts as changed.
        if (name.find('\n') == std::string::npos) names += cat("./", name) + '\0';
      }
      return names;
    };
    work<std::string>(std::move(job), [this](std::string names) {
      answer_ = std::move(names);
      say();
    });
  }

  void say() {
    if (!want_ || !answer_) return;
    auto want = std::move(want_);
    if (answer_->empty()) return want(std::nullopt);
    std::string text = std::move(*answer_);
    answer_ = "";
    want(std::move(text));
  }

  void over(Result<ShellEnd> end) {
    if (!end) return finish(std::move(end).error());
    if (auto failed = failure_of(*end, "list", path_)) return finish(std::move(*failed));
    auto job = [out = std::move(out_), mark = end->mark, to = path_, here = here_, excludes = excludes_, files = files_,
                args = args_, reach = reach_]() -> Result<Value> {
      auto listing = read_listing(out, mark, to, excludes);
      if (!listing) return std::move(listing).error();
      auto wishes = tree_wishes(args);
      if (!wishes) return std::move(wishes).error();
      if (args.has("owner")) wishes->uid = listing->owner.uid;
      if (args.has("group")) wishes->gid = listing->owner.gid;
      auto root = reach.read(args["from"]);
      if (!root) return std::move(root).error();
      TreesSeen seen{std::move(*here), std::move(listing->tree), std::move(listing->left), {}};
      for (const auto& [name, sum] : read_sums(listing->rest)) {
        if (seen.here.count(name) == 0) continue;
        auto mine = sha256_file(*files, cat(*root, '/', name));
        if (!mine) return std::move(mine).error();
        if (*mine == sum) seen.same.insert(name);
      }
      auto difference = compare_trees(seen, *wishes);
      if (!difference) return std::move(difference).error();
      return tree_state(*difference, seen.here, listing->path, listing->absent);
    };
    work<Value>(std::move(job), [this](Value state) { finish(std::move(state)); });
  }

  Excludes excludes_;
  std::shared_ptr<FileTree> here_;
  std::shared_ptr<ShellFlow> flow_;
  std::string out_;
  std::optional<std::string> answer_;
  bool asked_ = false;
};

}  // namespace

Cancel shell_tree_verify(Invocation call, Done done) {
  return start_job<TreeLook>("to", std::move(call), std::move(done));
}

}  // namespace runbook::machine
