// SPDX-License-Identifier: Apache-2.0
//
// runbook_embed OUT SYMBOL ROOT NAME=FILE...: compiles Lua files to bytecode and writes them as a C++ source that defines
// `const std::vector<EmbeddedLua> runbook::SYMBOL`. The bytecode is made by the same library that the program links.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "host/script/lua_api.h"

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int append(lua_State*, const void* data, std::size_t size, void* out) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
  return 0;
}

void write_bytes(std::ofstream& out, const std::string& name, const std::string& bytes) {
  out << "const unsigned char " << name << "[] = {";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out << (i % 32 == 0 ? "\n" : "") << static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) << ',';
  }
  out << "0};\n";
}

std::string view(const std::string& name, std::size_t size) {
  return "{reinterpret_cast<const char*>(" + name + "), " + std::to_string(size) + "}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  std::ofstream out(argv[1], std::ios::binary);
  out << "// Generated.\n#include \"runbook/module.h\"\n\nnamespace runbook {\nnamespace {\n";
  std::string rows;
  lua_State* L = luaL_newstate();
  for (int i = 4; i < argc; ++i) {
    const std::string entry = argv[i];
    const std::string name = entry.substr(0, entry.find('='));
    const std::string path = entry.substr(entry.find('=') + 1);
    const std::string source = read_file(path);
    const std::string chunk = "=[" + name + "]";
    std::string bytecode;
    const bool declarations = name.size() > 5 && name.compare(name.size() - 5, 5, ".meta") == 0;
    if (luaL_loadbufferx(L, source.data(), source.size(), chunk.c_str(), "t") != LUA_OK) {
      std::fprintf(stderr, "%s: %s\n", path.c_str(), lua_tostring(L, -1));
      return 1;
    }
    if (!declarations) lua_dump(L, append, &bytecode, 0);
    lua_pop(L, 1);
    const std::string id = std::to_string(i - 4);
    write_bytes(out, "bytecode_" + id, bytecode);
    write_bytes(out, "source_" + id, source);
    rows += "    {\"" + name + "\", " + view("bytecode_" + id, bytecode.size()) + ", " + view("source_" + id, source.size()) + "},\n";
  }
  lua_close(L);
  out << "}  // namespace\n\nextern const std::vector<EmbeddedLua> " << argv[2] << ";\nconst std::vector<EmbeddedLua> " << argv[2]
      << " = {\n" << rows << "};\n\n}  // namespace runbook\n";
  out.flush();
  return out ? 0 : 1;
}
