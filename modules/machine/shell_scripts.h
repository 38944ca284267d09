// SPDX-License-Identifier: Apache-2.0
//
// The scripts, for any POSIX sh with the tools of coreutils or busybox. They get what they are about in variables: $a,
// an absolute path; $d and $p, a path's directory and "./" with its last component; the others are named where they are
// used. A script that cannot go on ends with `fail WORD`, or with the words of the tool that failed and exit code 96.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace runbook::machine {

extern const char* const kBaseFunctions;  ///< before each of the others
extern const char* const kStatScript;
extern const char* const kStatFollowScript;
extern const char* const kReadScript;
extern const char* const kListScript;
extern const char* const kChecksumScript;
extern const char* const kVerifyScript;
extern const char* const kCaptureScript;
extern const char* const kProbeTwoScript;  ///< rename: whether $a and then $p are there
extern const char* const kProbeCopyScript;

extern const char* const kChangeFunctions;  ///< before each of those below
extern const char* const kWriteScript;
extern const char* const kAppendScript;
extern const char* const kCopyScript;
extern const char* const kRenameScript;
extern const char* const kRemoveScript;
extern const char* const kDirectoryScript;
extern const char* const kLinkScript;
extern const char* const kAttributesScript;
extern const char* const kRestoreScript;

extern const char* const kProcessFunctions;  ///< before each of those below; $name
extern const char* const kProcessReadScript;
extern const char* const kProcessStartScript;
extern const char* const kProcessStopScript;  ///< $grace, and $unwanted: a file to remove

// Jobs: programs that go on when the connection is lost; $name, $run, and $key: the effect that began it.
extern const char* const kJobFunctions;  ///< after kProcessFunctions, before each of those below
/// The two halves around the text of a ShellCommand: finds the job, or starts it. Then its output, from the bytes $from_out
/// and $from_error on, until it has ended. $known: it is there already, and is not started. $wrapper: kJobWrapper.
extern const char* const kJobFindScript;
extern const char* const kJobStartScript;
extern const char* const kJobWrapper;  ///< what runs there for as long as the job does
extern const char* const kJobTakeScript;
extern const char* const kJobRemoveScript;
extern const char* const kJobEndScript;  ///< $early: the script that starts it may still be under way

/// The lines before a script that set its variables.
class Variables {
 public:
  Variables& set(const char* name, std::string_view value);
  Variables& set(const char* name, std::int64_t value) { return set(name, std::string_view(std::to_string(value))); }
  Variables& flag(const char* name, bool value) { return set(name, std::string_view(value ? "1" : "")); }
  /// $d and $p of a normalised path.
  Variables& path(std::string_view path);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace runbook::machine
