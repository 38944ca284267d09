// SPDX-License-Identifier: Apache-2.0
#include "host/run/meta.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "host/core/text.h"

namespace runbook {
namespace {

bool name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

// A type ends at the first blank outside brackets: "table<string, string>", "fun(line: string)", "'a' | 'b'".
std::string take_type(std::string_view& text) {
  text = trim(text);
  int depth = 0;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '<' || c == '{' || c == '[') ++depth;
    if (c == ')' || c == '>' || c == '}' || c == ']') --depth;
    if (depth > 0 || (c != ' ' && c != '\t')) continue;
    const std::string_view rest = trim(text.substr(i));
    const char last = text[i - 1];
    if (!rest.starts_with('|') && last != '|' && last != ':' && last != ',') break;
  }
  const std::string type(trim(text.substr(0, i)));
  text = trim(text.substr(i));
  return type;
}

std::string_view without_mark(std::string_view text) {
  text = trim(text);
  return trim(text.starts_with('#') ? text.substr(1) : text);
}

MetaField take_field(std::string_view text) {
  MetaField field;
  for (std::string_view word : {"public ", "private ", "protected "}) {
    if (text.starts_with(word)) text = trim(text.substr(word.size()));
  }
  if (text.starts_with('[')) {
    const auto end = std::min(text.find(']'), text.size() - 1);
    field.name = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
  } else {
    field.name = take_word(text);
  }
  field.optional = field.name.ends_with('?');
  if (field.optional) field.name.pop_back();
  field.type = take_type(text);
  if (field.type.ends_with('?')) field.optional = true;
  field.text = without_mark(text);
  return field;
}

MetaField take_return(std::string_view text) {
  MetaField field;
  field.type = take_type(text);
  text = trim(text);
  if (!text.starts_with('#') && !text.empty()) {
    std::size_t length = 0;
    while (length < text.size() && name_char(text[length])) ++length;
    if (length == text.size() || text[length] == ' ' || text[length] == '\t') field.name = take_word(text);
  }
  field.text = without_mark(text);
  return field;
}

// "{ path: string, mode?: string }" written in place of a class: one of that name. Nothing for other types.
std::optional<MetaClass> inline_class(const std::string& type) {
  if (!type.starts_with('{') || !type.ends_with('}')) return std::nullopt;
  MetaClass made;
  made.name = type;
  std::string_view rest = trim(std::string_view(type).substr(1, type.size() - 2));
  while (!rest.empty()) {
    int depth = 0;
    std::size_t end = 0;
    for (; end < rest.size() && (depth > 0 || rest[end] != ','); ++end) {
      if (std::string_view("{(<[").find(rest[end]) != std::string_view::npos) ++depth;
      if (std::string_view("})>]").find(rest[end]) != std::string_view::npos) --depth;
    }
    const std::string_view part = trim(rest.substr(0, end));
    const auto colon = part.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    if (part.starts_with('[')) {
      made.open = true;
    } else {
      MetaField field;
      field.name = trim(part.substr(0, colon));
      field.optional = field.name.ends_with('?');
      if (field.optional) field.name.pop_back();
      field.type = trim(part.substr(colon + 1));
      made.fields.push_back(std::move(field));
    }
    rest = trim(rest.substr(std::min(end + 1, rest.size())));
  }
  return made;
}

class Parser {
 public:
  explicit Parser(std::string_view source) : lines_(split(source, '\n')) {}

  Meta parse() {
    for (const std::string& line : lines_) {
      const std::string_view text = trim(line);
      if (text.starts_with("---")) comment(text.substr(3));
      else if (text.starts_with("function ")) function(text.substr(9));
      else if (!text.empty() && !text.starts_with("--")) other(text);
      else if (text.empty()) end_block();
    }
    end_block();
    for (const MetaFunction& function : meta_.functions) {
      for (const auto* fields : {&function.params, &function.returns}) {
        for (const MetaField& field : *fields) {
          auto made = meta_.find_class(field.type) ? std::nullopt : inline_class(field.type);
          if (made) meta_.classes.push_back(std::move(*made));
        }
      }
    }
    return std::move(meta_);
  }

 private:
  void comment(std::string_view text) {
    if (!text.starts_with('@')) {
      if (text.starts_with(' ')) text.remove_prefix(1);
      prose_.emplace_back(text);
      return;
    }
    text.remove_prefix(1);
    const std::string_view tag = take_word(text);
    if (tag == "meta") {
      // "_" is a further file of a module.
      if (const std::string_view name = take_word(text); name != "_") meta_.module = name;
    } else if (tag == "class") {
      begin_class(text);
    } else if (tag == "field") {
      if (class_ < 0) return;
      MetaField field = take_field(text);
      MetaClass& owner = meta_.classes[static_cast<std::size_t>(class_)];
      if (field.name.starts_with('[')) owner.open = true;
      owner.fields.push_back(std::move(field));
    } else if (tag == "param") {
      function_.params.push_back(take_field(text));
    } else if (tag == "return") {
      function_.returns.push_back(take_return(text));
    } else if (tag == "overload") {
      function_.overloaded = true;
    } else if (tag == "alias" || tag == "type" || tag == "enum") {
      prose_.clear();
    }
  }

  void begin_class(std::string_view text) {
    MetaClass added;
    if (text.starts_with('(')) text = trim(text.substr(std::min(text.find(')') + 1, text.size())));
    const auto colon = text.find(':');
    std::string_view name = trim(text.substr(0, colon));
    if (colon != std::string_view::npos) {
      std::string_view parents = text.substr(colon + 1);
      added.parent = take_word(parents);
    }
    added.name = take_word(name);
    added.text = join(prose_, "\n");
    prose_.clear();
    // A second declaration of a class adds to the first.
    const auto known = std::find_if(meta_.classes.begin(), meta_.classes.end(), [&](const MetaClass& c) { return c.name == added.name; });
    class_ = known - meta_.classes.begin();
    if (known == meta_.classes.end()) meta_.classes.push_back(std::move(added));
  }

  void end_block() {
    // Prose that no declaration follows is about the module.
    if (meta_.text.empty() && meta_.functions.empty() && !prose_.empty() && class_ < 0) meta_.text = join(prose_, "\n");
    prose_.clear();
    function_ = {};
    class_ = -1;
  }

  // `local Engine = {}` or `docker.Engine = {}` after a class gives the class its name in code.
  void other(std::string_view text) {
    const auto dot = text.find('.');
    const auto equals = text.find('=');
    if (dot < equals && equals != std::string_view::npos && is_module(text.substr(0, dot))) {
      meta_.values.emplace_back(trim(text.substr(dot + 1, equals - dot - 1)));
    }
    if (class_ >= 0) {
      if (text.starts_with("local ")) text.remove_prefix(6);
      aliases_[std::string(trim(text.substr(0, text.find('='))))] = meta_.classes[static_cast<std::size_t>(class_)].name;
    } else if (meta_.text.empty() && meta_.functions.empty() && !prose_.empty()) {
      meta_.text = join(prose_, "\n");
    }
    prose_.clear();
    function_ = {};
    class_ = -1;
  }

  bool is_module(std::string_view name) const {
    const auto alias = aliases_.find(std::string(name));
    return name == meta_.module || (alias != aliases_.end() && alias->second == meta_.module);
  }

  void function(std::string_view text) {
    const auto open = text.find('(');
    std::string target(trim(text.substr(0, open)));
    const auto separator = target.find_last_of(".:");
    if (separator != std::string::npos) {
      const bool method = target[separator] == ':';
      function_.module = meta_.module;
      function_.name = target.substr(separator + 1);
      place(target.substr(0, separator), method);
      describe();
      meta_.functions.push_back(std::move(function_));
    }
    function_ = {};
    prose_.clear();
    class_ = -1;
  }

  void place(std::string owner, bool method) {
    const auto first = owner.substr(0, owner.find('.'));
    if (is_module(first)) owner = cat(meta_.module, owner.substr(first.size()));
    if (const auto alias = aliases_.find(owner); alias != aliases_.end() && alias->second != meta_.module) {
      function_.owner = alias->second;
    } else if (meta_.find_class(owner) && owner != meta_.module) {
      function_.owner = owner;
    } else if (method) {
      function_.owner = owner.find('.') == std::string::npos && owner != meta_.module ? cat(meta_.module, ".", owner) : owner;
    } else if (const auto dot = owner.find('.'); dot != std::string::npos) {
      function_.name = cat(owner.substr(dot + 1), ".", function_.name);
    }
  }

  void describe() {
    static constexpr std::pair<std::string_view, std::string MetaFunction::*> kLabels[] = {
        {"Errors:", &MetaFunction::errors},         {"Permission:", &MetaFunction::permission}, {"Permissions:", &MetaFunction::permission},
        {"Waits:", &MetaFunction::waits},           {"Since:", &MetaFunction::since},           {"Source:", &MetaFunction::source}};
    bool example = false;
    std::string* current = nullptr;
    for (const std::string& line : prose_) {
      if (line.starts_with("```")) {
        example = !example && function_.example.empty();
        current = nullptr;
        continue;
      }
      if (example) {
        function_.example += cat(line, "\n");
        continue;
      }
      if (trim(line).empty()) {
        current = nullptr;
        if (!function_.detail.empty()) function_.detail += "\n";
        continue;
      }
      std::string_view rest = line;
      // Several labels may share a line: "Permission: `x`. Waits: yes. Since: 0.1."
      while (!rest.empty()) {
        std::size_t next = std::string_view::npos;
        const auto* found = std::begin(kLabels);
        for (const auto& label : kLabels) {
          const auto at = rest.find(label.first);
          const bool starts = at == 0 || (at != std::string_view::npos && rest[at - 1] == ' ');
          if (starts && at < next) next = at, found = &label;
        }
        const bool labelled = next != std::string_view::npos && (next == 0 || current);
        append(current, rest.substr(0, labelled ? next : rest.size()));
        if (!labelled) break;
        current = &(function_.*found->second);
        rest.remove_prefix(next + found->first.size());
      }
    }
    function_.detail = std::string(trim(function_.detail));
  }

  void append(std::string* target, std::string_view text) {
    text = trim(text);
    if (text.empty()) return;
    if (!target) target = function_.summary.empty() ? &function_.summary : &function_.detail;
    if (!target->empty()) *target += target == &function_.detail ? '\n' : ' ';
    *target += text;
  }

  std::vector<std::string> lines_;
  Meta meta_;
  std::vector<std::string> prose_;
  MetaFunction function_;
  std::ptrdiff_t class_ = -1;  // the class whose fields are being read
  std::map<std::string, std::string> aliases_;
};

Value to_value(const std::vector<MetaField>& fields) {
  Value list{Value::Array{}};
  for (const MetaField& field : fields) {
    Value item = Value::object({{"type", field.type}, {"text", field.text}});
    if (!field.name.empty()) item.set("name", field.name);
    if (field.optional) item.set("optional", true);
    list.push(std::move(item));
  }
  return list;
}

}  // namespace

std::string MetaFunction::path() const { return owner.empty() ? cat(module, ".", name) : cat(owner, ":", name); }

std::string MetaFunction::signature() const {
  std::string receiver = module;
  if (!owner.empty()) {
    receiver = owner.substr(owner.rfind('.') + 1);
    std::transform(receiver.begin(), receiver.end(), receiver.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  std::vector<std::string> names;
  for (const MetaField& param : params) names.push_back(param.optional ? cat(param.name, "?") : param.name);
  return cat(receiver, owner.empty() ? "." : ":", name, "(", join(names, ", "), ")");
}

const MetaClass* Meta::find_class(std::string_view name) const {
  const auto found = std::find_if(classes.begin(), classes.end(), [&](const MetaClass& c) { return c.name == name; });
  return found == classes.end() ? nullptr : &*found;
}

const MetaFunction* Meta::find_function(std::string_view owner, std::string_view name) const {
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const MetaFunction& f) { return f.owner == owner && f.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

Meta parse_meta(std::string_view source) { return Parser(source).parse(); }

Meta module_meta(const Module& module) {
  std::string text;
  for (const EmbeddedLua& chunk : *module.lua) {
    if (std::string_view(chunk.name).ends_with(".meta")) text += cat(chunk.source, "\n\n");
  }
  return parse_meta(text);
}

Value to_value(const MetaFunction& function) {
  Value out = Value::object({{"name", function.path()}, {"signature", function.signature()}, {"summary", function.summary}});
  for (const auto& [key, text] : {std::pair{"detail", &function.detail}, {"errors", &function.errors}, {"permission", &function.permission},
                                  {"waits", &function.waits}, {"since", &function.since}, {"source", &function.source}, {"example", &function.example}}) {
    if (!text->empty()) out.set(key, *text);
  }
  out.set("params", to_value(function.params));
  out.set("returns", to_value(function.returns));
  return out;
}

Value to_value(const Meta& meta) {
  Value functions{Value::Array{}}, classes{Value::Array{}};
  for (const MetaFunction& function : meta.functions) functions.push(to_value(function));
  for (const MetaClass& c : meta.classes) {
    classes.push(Value::object({{"name", c.name}, {"text", c.text}, {"fields", to_value(c.fields)}}));
  }
  return Value::object({{"module", meta.module}, {"text", meta.text}, {"functions", std::move(functions)}, {"classes", std::move(classes)}});
}

}  // namespace runbook
