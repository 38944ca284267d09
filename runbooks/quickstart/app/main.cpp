// SPDX-License-Identifier: Apache-2.0
//
// A small web service to deploy, and the front before it. Everything in one static program, so that an image needs
// nothing else: see README.md.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "front.h"
#include "server.h"
#include "service.h"

namespace {

using quickstart::Endpoint;
using Flags = std::map<std::string, std::string, std::less<>>;

constexpr const char* kUsage =
    "usage: quickstart-app serve --listen ADDR:PORT --data DIR [--name N] [--version V] [--colour C] [--broken]\n"
    "       quickstart-app front --listen ADDR:PORT --upstream-file FILE\n"
    "       quickstart-app get HOST:PORT/PATH\n";

int usage_error(const std::string& message) {
  std::fprintf(stderr, "quickstart-app: %s\n%s", message.c_str(), kUsage);
  return 2;
}

/// "--flag value" and "--flag=value"; `known` gives each flag's default. Empty if all is well, else what is wrong.
std::string parse_flags(int argc, char** argv, Flags* flags) {
  for (int i = 2; i < argc; ++i) {
    std::string_view word = argv[i];
    if (!word.starts_with("--")) return "unexpected argument '" + std::string(word) + "'";
    word.remove_prefix(2);
    const auto equals = word.find('=');
    const auto known = flags->find(word.substr(0, equals));
    if (known == flags->end()) return "unknown option '--" + std::string(word.substr(0, equals)) + "'";
    if (equals != std::string_view::npos) {
      known->second = word.substr(equals + 1);
    } else if (known->first == "broken") {
      known->second = "true";
    } else if (i + 1 < argc) {
      known->second = argv[++i];
    } else {
      return "option '" + std::string(argv[i]) + "' needs a value";
    }
  }
  return {};
}

int serve(int argc, char** argv) {
  Flags flags = {{"listen", ""}, {"data", ""}, {"name", "quickstart"}, {"version", "dev"}, {"colour", "blue"}, {"broken", ""}};
  if (const auto problem = parse_flags(argc, argv, &flags); !problem.empty()) return usage_error(problem);
  Endpoint endpoint;
  if (!quickstart::parse_endpoint(flags["listen"], &endpoint)) return usage_error("--listen wants ADDR:PORT");
  if (flags["data"].empty()) return usage_error("--data wants a directory");
  auto service = std::make_shared<quickstart::Service>(
      quickstart::Identity{flags["name"], flags["version"], flags["colour"], flags["broken"] == "true"}, flags["data"]);
  quickstart::log_line(flags["name"] + " version " + flags["version"] + " (" + flags["colour"] + "), data in " + flags["data"]);
  return quickstart::run_server(endpoint, [service](int fd) { service->handle(fd); });
}

int front(int argc, char** argv) {
  Flags flags = {{"listen", ""}, {"upstream-file", ""}};
  if (const auto problem = parse_flags(argc, argv, &flags); !problem.empty()) return usage_error(problem);
  Endpoint endpoint;
  if (!quickstart::parse_endpoint(flags["listen"], &endpoint)) return usage_error("--listen wants ADDR:PORT");
  if (flags["upstream-file"].empty()) return usage_error("--upstream-file wants a file");
  auto proxy = std::make_shared<quickstart::Front>(flags["upstream-file"]);
  return quickstart::run_server(endpoint, [proxy](int fd) { proxy->handle(fd); });
}

/// The body of an answer on standard output; 0 only for a status of 200. For an image's health check: it has no other client.
int get(int argc, char** argv) {
  if (argc != 3) return usage_error("get wants HOST:PORT/PATH");
  std::string_view where = argv[2];
  if (where.starts_with("http://")) where.remove_prefix(7);
  const auto slash = where.find('/');
  const std::string path(slash == std::string_view::npos ? "/" : where.substr(slash));
  Endpoint endpoint;
  if (!quickstart::parse_endpoint(where.substr(0, slash), &endpoint)) return usage_error("get wants HOST:PORT/PATH");
  std::string error;
  const auto fd = quickstart::connect_to(endpoint, 3000, &error);
  if (!fd) {
    std::fprintf(stderr, "quickstart-app: %s: %s\n", argv[2], error.c_str());
    return 1;
  }
  std::string answer;
  long got = -1;
  if (quickstart::send_all(fd.get(), "GET " + path + " HTTP/1.1\r\nhost: " + endpoint.host + "\r\nconnection: close\r\n\r\n")) {
    do {
      got = quickstart::receive_some(fd.get(), &answer, 65536, 5000);
    } while (got > 0 && answer.size() < (1U << 20));
  }
  const auto end = answer.find("\r\n\r\n");
  if (got < 0 || end == std::string::npos) {
    std::fprintf(stderr, "quickstart-app: %s: no answer\n", argv[2]);
    return 1;
  }
  std::fwrite(answer.data() + end + 4, 1, answer.size() - end - 4, stdout);
  return answer.starts_with("HTTP/1.1 200 ") ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "serve") return serve(argc, argv);
  if (mode == "front") return front(argc, argv);
  if (mode == "get") return get(argc, argv);
  if (mode == "--help" || mode == "help") return std::fputs(kUsage, stdout) < 0 ? 1 : 0;
  return usage_error(mode.empty() ? "nothing to do" : "unknown mode '" + std::string(mode) + "'");
}
