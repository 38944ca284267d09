-- expect: error: undeclared global 'helper'
function helper() end
