-- expect: error: in a cycle: cycle_a -> cycle_b -> cycle_a
require "cycle_a"
