local _, internal = ...

internal.compose("ensure", function(options)
  local found = internal.call("find", nil, { name = options.name })
  if internal.is_unknown(found) then return found end
  if not found then return internal.call("create", nil, { name = options.name, text = options.text }, { diff = "+ " .. options.name }) end
  return { name = found.name }
end)
