// SPDX-License-Identifier: Apache-2.0
//
// cost [-m] COMMAND...: what a command costs with everything that it starts, processes that it leaves behind included.
// Prints "CPU_MS WALL_MS", or with -m, in a run of its own because looking costs, "PEAK_PSS_MB".
// PSS: memory that processes share is counted once. What is left behind is ended (TERM), and then counted.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace {

std::vector<pid_t> descendants() {
  std::multimap<pid_t, pid_t> children;
  DIR* proc = opendir("/proc");
  while (const dirent* entry = readdir(proc)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(") ");
    if (name_end != std::string::npos) children.emplace(std::atoi(line.c_str() + name_end + 4), pid);
  }
  closedir(proc);
  std::vector<pid_t> found{getpid()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (auto [child, end] = children.equal_range(found[i]); child != end; ++child) found.push_back(child->second);
  }
  found.erase(found.begin());
  return found;
}

long pss_kb() {
  long sum = 0;
  for (const pid_t pid : descendants()) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("Pss:")) sum += std::atol(line.c_str() + 4);
    }
  }
  return sum;
}

// What daemonised has become our child (see main). It may start others while it ends.
void end_the_rest() {
  for (int tries = 0; tries < 100; ++tries) {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    const std::vector<pid_t> left = descendants();
    if (left.empty()) return;
    for (const pid_t pid : left) kill(pid, tries < 60 ? SIGTERM : SIGKILL);
    usleep(50000);
  }
}

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double ms(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
}

}  // namespace

int main(int argc, char** argv) {
  const bool memory = argc > 1 && std::strcmp(argv[1], "-m") == 0;
  char** command = argv + (memory ? 2 : 1);
  if (!*command || argc < 2) return 2;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const double start = now_ms();
  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_RDWR);
    const char* log = std::getenv("COST_LOG");
    const int errors = log ? open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600) : null;
    if (!std::getenv("COST_INPUT")) dup2(null, 0);
    dup2(log ? errors : null, 1);
    dup2(errors, 2);
    execvp(command[0], command);
    _exit(127);
  }
  int status = 0;
  long peak = 0;
  while (waitpid(child, &status, memory ? WNOHANG : 0) != child) {
    const long size = pss_kb();
    if (size > peak) peak = size;
    usleep(20000);
  }
  const double wall = now_ms() - start;
  end_the_rest();
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  if (memory) {
    std::printf("%.1f\n", static_cast<double>(peak) / 1024);
  } else {
    std::printf("%.2f %.0f\n", ms(used.ru_utime) + ms(used.ru_stime), wall);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
