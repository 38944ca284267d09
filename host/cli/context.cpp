// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/core/error_value.h"
#include "host/core/text.h"
#include "host/run/run.h"

namespace runbook {
extern const std::vector<EmbeddedLua> stdlib_embedded;
}

namespace runbook::cli {
namespace {

constexpr std::size_t kLargestFile = 16u << 20;

const PureFunction* find_function(const Host& host, std::string_view name) {
  for (const Module* module : host.modules()) {
    for (const Export& exported : module->exports) {
      if (exported.function && exported.function->name == name) return exported.function;
    }
  }
  return nullptr;
}

}  // namespace

int fail(const Context& context, const Error& error) {
  int status = exit_status(error);
  if (status == exit_code::kFailed && error.code.starts_with("usage")) status = exit_code::kUsage;
  if (context.json()) {
    write_json(context, Value::object({{"schema", 1}, {"error", error_to_value(error)}, {"exit", status}}));
  } else {
    context.console.err.write(show_error(error, Paint(context.console.err.colour)));
  }
  return status;
}

void write_json(const Context& context, const Value& value) {
  context.out(to_json(value, context.console.out.terminal ? JsonStyle::kPretty : JsonStyle::kCompact) + "\n");
}

std::vector<Meta> module_metas(const Host& host) {
  std::vector<Meta> metas;
  for (const EmbeddedLua& chunk : stdlib_embedded) {
    if (std::string_view(chunk.name).ends_with(".meta")) metas.push_back(parse_meta(chunk.source));
  }
  for (const Module* module : host.modules()) {
    if (module->lua) metas.push_back(module_meta(*module));
  }
  return metas;
}

Result<Declaration> declaration_of(Host& host, const std::string& file) {
  auto info = host.read(file);
  if (!info) return std::move(info).error();
  if (info->plain) return Declaration{};
  return declaration_from(info->declaration);
}

Result<std::string> read_text_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Error("file.unreadable", cat("cannot read '", printable(file), "'"));
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (stream.bad()) return Error("file.unreadable", cat("cannot read '", printable(file), "'"));
  if (text.size() > kLargestFile) return Error("file.too_large", cat("'", printable(file), "' has more than 16 MiB"));
  return text;
}

Result<Value> read_params_file(const Host& host, const std::string& file) {
  auto text = read_text_file(file);
  if (!text) return std::move(text).error();
  const PureFunction* yaml = file.ends_with(".json") ? nullptr : find_function(host, "yaml.decode");
  auto value = yaml ? yaml->call(Value::object({{yaml->fields.at(0).name, *text}})) : from_json(*text);
  if (!value) return Error("parameter.invalid", cat("'", printable(file), "': ", value.error().message));
  if (!value->is_object()) return Error("parameter.invalid", cat("'", printable(file), "' must hold a map from names to values"));
  return value;
}

}  // namespace runbook::cli
