#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The quickstart's runbooks with processes of this machine.
target=local
target_options=
. "$(dirname "$0")/procedure.sh"

# The processes, with their numbers, and every file but the logs and the data.
state_of() {
  pgrep -af "$dir/.*quickstart-app" | sort
  [ -d "$dir" ] && find "$dir" -path "$dir/logs" -prune -o -path "$dir/data" -prune -o -printf '%P %m %T@ %l\n' | sort
}

procedure
interruptions
removal
