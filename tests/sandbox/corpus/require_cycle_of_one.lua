-- expect: error: in a cycle: cycle_self -> cycle_self
require "cycle_self"
