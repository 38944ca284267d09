// SPDX-License-Identifier: Apache-2.0
#include "host/run/check.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "host/run/check_permissions.h"
#include "host/run/check_types.h"
#include "host/run/lua_syntax.h"
#include "host/run/problems.h"

namespace runbook {
namespace {

using lua::Node;
using lua::NodeKind;

const std::vector<std::string> kGlobals = {"_VERSION", "assert",       "coroutine", "error",    "getmetatable", "ipairs", "load",     "math",   "next",
                                           "os",       "pairs",        "pcall",     "print",    "rawequal",     "rawget", "rawlen",   "rawset", "require",
                                           "select",   "setmetatable", "string",    "table",    "tonumber",     "tostring", "type",   "utf8",   "xpcall", "_G", "collectgarbage"};
const std::vector<std::string> kSpecGlobals = {"describe", "it", "before_each", "after_each", "pending", "spy", "temp_directory"};

// What the stock libraries have in a runbook.
const std::map<std::string, std::vector<std::string>, std::less<>> kLibraries = {
    {"string", {"byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep", "reverse", "sub", "unpack", "upper"}},
    {"table", {"concat", "insert", "move", "pack", "remove", "sort", "unpack"}},
    {"math", {"abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger", "min", "mininteger", "modf",
              "pi", "rad", "random", "randomseed", "sin", "sqrt", "tan", "tointeger", "type", "ult"}},
    {"utf8", {"char", "charpattern", "codepoint", "codes", "len", "offset"}},
    {"coroutine", {"close", "create", "isyieldable", "resume", "running", "status", "wrap", "yield"}},
    {"os", {"clock", "date", "difftime", "time"}},
};

// Whose uses the running program explains better: removed functions say what to use instead.
const std::vector<std::string> kRemoved = {"io", "debug", "package", "dofile", "loadfile", "loadstring", "unpack", "setfenv", "getfenv", "module", "warn", "bit32"};

bool contains(const std::vector<std::string>& list, std::string_view name) { return std::find(list.begin(), list.end(), name) != list.end(); }

class Checker {
 public:
  explicit Checker(const CheckOptions& options) : options_(options), types_(options.modules) {}

  std::vector<Finding> run(std::string_view source) {
    const lua::Tree tree = lua::parse(source);
    if (tree.error) return {{tree.error->line, tree.error->column, tree.error->message}};
    declares_ = returns_runbook(*tree.root);
    block(*tree.root);
    std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) { return std::pair(a.line, a.column) < std::pair(b.line, b.column); });
    return std::move(findings_);
  }

 private:
  struct Scope {
    std::map<std::string, KnownType, std::less<>> names;
  };

  void find(const Node& node, std::string message) { findings_.push_back({node.line, node.column, std::move(message)}); }

  // --- names ---

  KnownType* local(std::string_view name) {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (const auto found = scope->names.find(name); found != scope->names.end()) return &found->second;
    }
    return nullptr;
  }
  void declare(const std::string& name, KnownType type = {}) { scopes_.back().names[name] = type; }

  void undeclared(const Node& node, bool written) {
    const std::string& name = node.text;
    if (contains(kGlobals, name) && !written) return;
    if (options_.spec && contains(kSpecGlobals, name)) return;
    if (contains(kRemoved, name)) {
      find(node, cat("'", name, "' is not available in a runbook"));
      return;
    }
    std::vector<std::string> names = written ? std::vector<std::string>() : kGlobals;
    for (const Scope& scope : scopes_) {
      for (const auto& [known, type] : scope.names) names.push_back(known);
    }
    std::string hint = suggestion(name, names);
    if (types_.module(name)) hint = cat("; local ", name, " = require \"", name, "\" is missing");
    else if (written && hint.empty()) hint = "; variables are declared with 'local'";
    find(node, cat("undeclared variable '", name, "'", hint));
  }

  // --- statements ---

  void block(const Node& node) {
    scopes_.emplace_back();
    statements(node);
    scopes_.pop_back();
  }

  void statements(const Node& node) {
    for (const Node* child : node.children) statement(*child);
  }

  void statement(const Node& node) {
    const auto& children = node.children;
    switch (node.kind) {
      case NodeKind::kLocal: {
        std::vector<KnownType> values;
        for (const Node* value : children) values.push_back(expression(*value));
        values.resize(node.names.size());
        for (std::size_t i = 0; i < node.names.size(); ++i) declare(node.names[i], values[i]);
        break;
      }
      case NodeKind::kLocalFunction:
        declare(node.names[0]);
        expression(*children[0]);
        break;
      case NodeKind::kAssign: assign(node); break;
      case NodeKind::kRepeat:
        // The condition sees the block's locals.
        scopes_.emplace_back();
        statements(*children[0]);
        expression(*children[1]);
        scopes_.pop_back();
        break;
      case NodeKind::kNumericFor:
      case NodeKind::kGenericFor:
        for (std::size_t i = 0; i + 1 < children.size(); ++i) expression(*children[i]);
        scopes_.emplace_back();
        for (const std::string& name : node.names) declare(name);
        block(*children.back());
        scopes_.pop_back();
        break;
      default:
        for (const Node* child : children) child->kind == NodeKind::kBlock ? block(*child) : (void)expression(*child);
    }
  }

  void assign(const Node& node) {
    const std::size_t count = node.count;
    std::vector<KnownType> values;
    for (std::size_t i = count; i < node.children.size(); ++i) values.push_back(expression(*node.children[i]));
    values.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Node& target = *node.children[i];
      if (target.kind != NodeKind::kName) {
        // A field may be added to what a module gave: only what is read is held against the declarations.
        for (const Node* part : target.children) expression(*part);
      } else if (KnownType* known = local(target.text)) {
        if (!(*known == values[i])) *known = {};
      } else {
        undeclared(target, true);
      }
    }
  }

  // --- expressions ---

  KnownType expression(const Node& node) {
    switch (node.kind) {
      case NodeKind::kName: {
        if (const KnownType* known = local(node.text)) return *known;
        undeclared(node, false);
        return {};
      }
      case NodeKind::kIndex: return index(node);
      case NodeKind::kCall: return call(node);
      case NodeKind::kMethod: return method(node);
      case NodeKind::kFunction: {
        scopes_.emplace_back();
        for (const std::string& name : node.names) declare(name);
        ++functions_;
        block(*node.children[0]);
        --functions_;
        scopes_.pop_back();
        return {};
      }
      case NodeKind::kParen: return expression(*node.children[0]);
      default:
        for (const Node* child : node.children) expression(*child);
        return {};
    }
  }

  KnownType index(const Node& node) {
    const Node& object = *node.children[0];
    const KnownType type = expression(object);
    if (node.children.size() > 1) {
      expression(*node.children[1]);
      return {};
    }
    if (object.kind == NodeKind::kName && !local(object.text)) {
      const auto library = kLibraries.find(object.text);
      if (library != kLibraries.end() && !contains(library->second, node.text)) {
        find(node, cat("'", object.text, ".", node.text, "' is not available in a runbook", suggestion(node.text, library->second, cat(object.text, "."))));
      }
      return {};
    }
    const Namespace outer = namespace_of(object);
    if (!type && !outer.module) return {};
    const std::string name = outer.module ? cat(outer.prefix, ".", node.text) : node.text;
    const KnownType holder = outer.module ? KnownType{outer.module, nullptr, nullptr} : type;
    if (const MetaFunction* function = types_.function(holder, name)) {
      called_[&node] = {function, holder.type != nullptr};
      return {};
    }
    const bool within = outer.module || holder.module;
    const auto inside = within ? names_below(*holder.module, name) : std::vector<std::string>();
    if (!inside.empty()) {
      namespaces_[&node] = {holder.module, name};
      return {};
    }
    const auto known = outer.module ? names_below(*outer.module, outer.prefix) : types_.members(type, false);
    const bool there = outer.module ? contains(known, node.text) : types_.has(type, node.text);
    if (!there && !types_.open(holder) && !known.empty()) {
      find(node, cat(KnownTypes::show(holder), " has no '", name, "'", suggestion(node.text, known, outer.module ? cat(outer.prefix, ".") : "")));
    }
    if (const MetaField* field = outer.module ? nullptr : types_.field(type, node.text)) return types_.named(field->type);
    return {};
  }

  // `rb.param` of rb.param.string: what the names that begin like it are kept under.
  struct Namespace {
    const Meta* module = nullptr;
    std::string prefix;
  };
  Namespace namespace_of(const Node& node) const {
    const auto found = namespaces_.find(&node);
    return found == namespaces_.end() ? Namespace{} : found->second;
  }
  static std::vector<std::string> names_below(const Meta& module, const std::string& prefix) {
    std::vector<std::string> names;
    for (const MetaFunction& f : module.functions) {
      if (f.name.starts_with(cat(prefix, "."))) names.push_back(f.name.substr(prefix.size() + 1));
    }
    return names;
  }

  // A class of which nothing is declared says nothing.
  bool described(const KnownType& type) const { return !types_.members(type, false).empty(); }

  KnownType call(const Node& node) {
    const Node& callee = *node.children[0];
    if (callee.kind == NodeKind::kName && callee.text == "require" && !local("require")) return require(node);
    expression(callee);
    const auto called = called_.find(&callee);
    if (called == called_.end()) return arguments(node, nullptr, 1, 0);
    // engine.service_get(engine, "web"): a method called with its object as an argument.
    return arguments(node, called->second.function, 1, called->second.method ? 1 : 0);
  }

  KnownType method(const Node& node) {
    const Node& object = *node.children[0];
    const KnownType type = expression(object);
    const MetaFunction* function = nullptr;
    if (type) {
      function = types_.function(type, node.text);
      if (type.module && function) {
        find(node, cat(function->path(), " is a function of the module: call it with '.'"));
        function = nullptr;
      } else if (!function && !types_.open(type) && described(type) && !types_.has(type, node.text)) {
        find(node, cat(KnownTypes::show(type), " has no method '", node.text, "'", suggestion(node.text, types_.members(type, true))));
      }
    }
    return arguments(node, function, 1, 0);
  }

  KnownType arguments(const Node& node, const MetaFunction* function, std::size_t first, std::size_t skipped) {
    for (std::size_t i = first; i < node.children.size(); ++i) expression(*node.children[i]);
    if (!function) return {};
    if (functions_ == 0 && declares_ && waits(*function)) {
      find(node, cat(function->path(), " reaches the world while the file is loaded; call it inside run = function(p) ... end"));
    }
    if (options_.declaration) permission(node, *function, first + skipped);
    const auto& params = function->params;
    const bool variadic = function->overloaded || std::any_of(params.begin(), params.end(), [](const MetaField& p) { return p.name == "..."; });
    const std::size_t given = node.children.size() - first - std::min(skipped, node.children.size() - first);
    if (!variadic && given > params.size()) {
      find(node, cat(function->path(), " takes ", params.size() == 0 ? "no arguments" : cat("at most ", params.size(), params.size() == 1 ? " argument" : " arguments"),
                     ", got ", given));
    }
    if (!function->overloaded) {
      for (std::size_t i = 0; i < std::min(given, params.size()); ++i) {
        const Node& argument = *node.children[first + skipped + i];
        if (argument.kind == NodeKind::kTable) options(*function, types_.named(params[i].type), argument);
      }
    }
    return function->returns.empty() ? KnownType{} : types_.named(function->returns[0].type);
  }

  // Once for each kind: the rest follows from adding it.
  void permission(const Node& node, const MetaFunction& function, std::size_t first) {
    const std::string missing = missing_permission(function, *options_.declaration, node, first);
    if (missing.empty()) return;
    const std::string kind = permission_need(function)->kind;
    if (kind == "secret" || missing_kinds_.insert(kind).second) find(node, missing);
  }

  static bool waits(const MetaFunction& function) { return function.waits.starts_with("yes") || function.waits.starts_with("Yes"); }

  void options(const MetaFunction& function, const KnownType& type, const Node& table) {
    if (!type.type || types_.open(type) || types_.fields(type).empty()) return;
    std::vector<std::string> names, given;
    for (const MetaField* field : types_.fields(type)) names.push_back(field->name);
    bool named = true;
    for (const Node* field : table.children) {
      named = named && field->kind == NodeKind::kNamed;
      if (field->kind != NodeKind::kNamed) continue;
      given.push_back(field->text);
      if (!contains(names, field->text)) {
        find(*field, cat(function.path(), ": unknown option '", field->text, "'", suggestion(field->text, names)));
      } else if (field->children[0]->kind == NodeKind::kTable) {
        options(function, types_.named(types_.field(type, field->text)->type), *field->children[0]);
      }
    }
    for (const MetaField* field : types_.fields(type)) {
      if (named && !field->optional && !contains(given, field->name)) find(table, cat(function.path(), ": option '", field->name, "' is missing"));
    }
  }

  KnownType require(const Node& node) {
    for (std::size_t i = 1; i < node.children.size(); ++i) expression(*node.children[i]);
    if (node.children.size() < 2 || node.children[1]->kind != NodeKind::kString) return {};
    const std::string& name = node.children[1]->text;
    if (const Meta* meta = types_.module(name)) return {meta, nullptr, nullptr};
    if (name != "runbook" && options_.finds_file && !options_.finds_file(name)) {
      std::vector<std::string> names;
      for (const Meta& meta : options_.modules) names.push_back(meta.module);
      find(node, cat("no module '", name, "': neither built in nor beside the runbook nor in lib/", suggestion(name, names)));
    }
    return {};
  }

  // `return rb.runbook { ... }` at the end: what is called on the way there is called at load time.
  static bool returns_runbook(const Node& root) {
    if (root.children.empty() || root.children.back()->kind != NodeKind::kReturn) return false;
    const auto& values = root.children.back()->children;
    return values.size() == 1 && values[0]->kind == NodeKind::kCall && values[0]->children[0]->text == "runbook";
  }

  const CheckOptions& options_;
  const KnownTypes types_;
  std::vector<Scope> scopes_{1};
  std::vector<Finding> findings_;
  int functions_ = 0;  // how many functions we are inside of
  bool declares_ = false;
  std::set<std::string> missing_kinds_;
  struct Called {
    const MetaFunction* function = nullptr;
    bool method = false;
  };
  std::map<const Node*, Called> called_;          // what an index of a module or a handle names
  std::map<const Node*, Namespace> namespaces_;
};

}  // namespace

std::vector<Finding> check_source(std::string_view source, const CheckOptions& options) { return Checker(options).run(source); }

}  // namespace runbook
