-- expect: error: module '/etc/passwd' not found
require "/etc/passwd"
