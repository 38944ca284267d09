-- SPDX-License-Identifier: Apache-2.0
-- The words of a command line as a shell splits them: quotes, backslashes, comments; no expansion.

-- Nil and what is wrong, where a quote or a backslash is left open.
return function(text)
  local words, word, at = {}, nil, 1
  while at <= #text do
    local char = text:sub(at, at)
    if char == "'" then
      local stop = text:find("'", at + 1, true)
      if not stop then return nil, "a quote (') is not closed" end
      word, at = (word or "") .. text:sub(at + 1, stop - 1), stop
    elseif char == '"' then
      word = word or ""
      at = at + 1
      while text:sub(at, at) ~= '"' do
        if at > #text then return nil, "a quote (\") is not closed" end
        if text:sub(at, at) == "\\" then at = at + 1 end
        word, at = word .. text:sub(at, at), at + 1
      end
    elseif char == "\\" then
      if at == #text then return nil, "a backslash at the end stands before nothing" end
      at = at + 1
      word = (word or "") .. text:sub(at, at)
    elseif char:find("[ \t\r\n]") then
      words[#words + 1], word = word, nil
    elseif char == "#" and not word then
      at = text:find("\n", at, true) or #text
    else
      word = (word or "") .. char
    end
    at = at + 1
  end
  words[#words + 1] = word
  return words
end
