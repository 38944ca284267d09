# One interface target that every target of the project links: warnings and sanitizers in one place.
add_library(runbook_options INTERFACE)
target_compile_options(runbook_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                                                 -Wno-missing-field-initializers)
# g++ 12 takes the inactive members of a variant for uninitialized ones when it optimizes, also as little as
# the sanitized build does.
target_compile_options(runbook_options INTERFACE -Wno-maybe-uninitialized)
if(RUNBOOK_WERROR)
  target_compile_options(runbook_options INTERFACE -Werror)
endif()
if(RUNBOOK_ASAN)
  target_compile_options(runbook_options INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
                                                   -fno-sanitize-recover=all)
  target_link_options(runbook_options INTERFACE -fsanitize=address,undefined)
endif()
