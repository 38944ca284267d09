// SPDX-License-Identifier: Apache-2.0
#include "host/cli/help.h"

#include <algorithm>

#include "host/core/text.h"
#include "host/run/host_options.h"
#include "host/run/problems.h"

namespace runbook::cli {
namespace {

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

std::string pad(std::string_view text, std::size_t width) {
  return cat(text, std::string(text.size() < width ? width - text.size() : 0, ' '));
}

void append_fields(std::string& out, const std::vector<MetaField>& fields, std::string_view indent, const Paint& paint) {
  std::size_t width = 0;
  for (const MetaField& field : fields) width = std::max(width, std::min<std::size_t>(field.name.size() + (field.optional ? 1 : 0), 24));
  for (const MetaField& field : fields) {
    const std::string name = field.optional ? cat(field.name, "?") : field.name;
    out += cat(indent, pad(name, width), name.empty() ? "" : "  ", paint.cyan(field.type), field.text.empty() ? "" : "  ", field.text, "\n");
  }
}

const MetaClass* find_class(const std::vector<Meta>& modules, std::string_view type) {
  while (type.ends_with('?')) type.remove_suffix(1);
  for (const Meta& meta : modules) {
    if (const MetaClass* found = meta.find_class(type)) return found;
  }
  return nullptr;
}

std::string show_function(const std::vector<Meta>& modules, const Meta& meta, const MetaFunction& function, const Paint& paint) {
  std::string out = cat(paint.bold(function.signature()), "\n\n");
  if (!function.summary.empty()) out += cat(function.summary, "\n");
  if (!function.detail.empty()) out += cat(function.summary.empty() ? "" : "\n", function.detail, "\n");
  if (!function.params.empty()) {
    out += cat("\n", paint.bold("parameters:"), "\n");
    append_fields(out, function.params, "  ", paint);
    // The keys of an options table are what a reader came for.
    for (const MetaField& param : function.params) {
      const MetaClass* options = find_class(modules, param.type);
      const bool handle = std::any_of(meta.functions.begin(), meta.functions.end(), [&](const MetaFunction& f) { return options && f.owner == options->name; });
      if (!options || options->fields.empty() || handle) continue;
      out += cat("\n", paint.bold(cat(param.name, ":")), "\n");
      append_fields(out, options->fields, "  ", paint);
    }
  }
  if (!function.returns.empty()) {
    out += cat("\n", paint.bold("returns:"), "\n");
    append_fields(out, function.returns, "  ", paint);
  }
  out += "\n";
  for (const auto& [label, text] : {std::pair{"errors", &function.errors}, {"permission", &function.permission}, {"waits", &function.waits},
                                    {"since", &function.since}, {"source", &function.source}}) {
    if (!text->empty()) out += cat(paint.bold(pad(cat(label, ":"), 12)), *text, "\n");
  }
  if (!function.example.empty()) {
    out += cat("\n", paint.bold("example:"), "\n");
    for (const std::string& line : split(trim(function.example), '\n')) out += cat("  ", line, "\n");
  }
  return out;
}

void append_functions(std::string& out, const Meta& meta, std::string_view owner, const Paint& paint) {
  std::size_t width = 0;
  for (const MetaFunction& f : meta.functions) {
    if (f.owner == owner) width = std::max(width, std::min<std::size_t>(f.signature().size(), 44));
  }
  for (const MetaFunction& f : meta.functions) {
    if (f.owner == owner) out += cat("  ", paint.cyan(pad(f.signature(), width)), "  ", f.summary, "\n");
  }
}

std::string show_class(const Meta& meta, const MetaClass& c, const Paint& paint) {
  std::string out = cat(paint.bold(c.name), "\n");
  if (!c.text.empty()) out += cat("\n", trim(c.text), "\n");
  if (!c.fields.empty()) {
    out += cat("\n", paint.bold("fields:"), "\n");
    append_fields(out, c.fields, "  ", paint);
  }
  std::string methods;
  append_functions(methods, meta, c.name, paint);
  if (!methods.empty()) out += cat("\n", paint.bold("methods:"), "\n", methods);
  return out;
}

std::string show_module(const Meta& meta, const Paint& paint) {
  std::string out = cat(paint.bold(cat("require \"", meta.module, "\"")), "\n");
  if (!meta.text.empty()) out += cat("\n", trim(meta.text), "\n");
  std::string functions;
  append_functions(functions, meta, "", paint);
  if (!functions.empty()) out += cat("\n", functions);
  for (const MetaClass& c : meta.classes) {
    std::string methods;
    append_functions(methods, meta, c.name, paint);
    if (!methods.empty()) out += cat("\n", paint.bold(c.name), c.text.empty() ? "" : ": ", first_line(c.text), "\n", methods);
  }
  return cat(out, "\nOne function: runbook help ", meta.functions.empty() ? meta.module : cat(meta.module, ".", meta.functions.front().name), "\n");
}

}  // namespace

bool is_called(const MetaFunction& function, const std::string& topic) {
  if (topic == function.path() || topic == function.name || topic == cat(function.module, ".", function.name)) return true;
  const std::string signature = function.signature();
  return topic == signature.substr(0, signature.find('('));
}

std::string show_modules(const std::vector<Meta>& modules, const Paint& paint) {
  std::size_t width = 0;
  for (const Meta& meta : modules) width = std::max(width, meta.module.size());
  std::string out;
  for (const Meta& meta : modules) {
    // A module of one kind of handle is described there.
    const std::string& text = meta.text.empty() && !meta.classes.empty() ? meta.classes.front().text : meta.text;
    out += cat("  ", paint.cyan(pad(meta.module, width)), "  ", first_line(text), "\n");
  }
  return out;
}

Result<std::string> show_topic(const std::vector<Meta>& modules, const std::string& topic, const Paint& paint) {
  std::string out;
  std::vector<std::string> names;
  for (const CommandInfo& command : command_table()) names.push_back(command.name);
  for (const Meta& meta : modules) {
    if (topic == meta.module) return show_module(meta, paint);
    names.push_back(meta.module);
    for (const MetaClass& c : meta.classes) {
      if (topic == c.name) return show_class(meta, c, paint);
      names.push_back(c.name);
    }
    for (const MetaFunction& function : meta.functions) {
      names.push_back(function.path());
      names.push_back(cat(function.module, ".", function.name));
      names.push_back(function.name);
      // Several handles may have a method of that name: all are shown.
      if (is_called(function, topic)) out += cat(out.empty() ? "" : "\n\n", show_function(modules, meta, function, paint));
    }
  }
  if (!out.empty()) return out;
  return Error("usage", cat("no help for '", printable(topic), "'", suggestion(topic, names)), "runbook help lists the commands and modules");
}

}  // namespace runbook::cli
