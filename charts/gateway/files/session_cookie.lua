-- Takes the session's cookie, its parts (NAME_1) and those of a login under way (NAME_…_csrf) out of the request.
local NAME = "@COOKIE@"
local OWN = "@PREFIX@/"  -- oauth2-proxy's own pages need them

function envoy_on_request(handle)
  local headers = handle:headers()
  local count = headers:getNumValues("cookie")
  if count == 0 or string.sub(headers:get(":path") or "", 1, #OWN) == OWN then
    return
  end
  local kept = {}
  for index = 0, count - 1 do
    for pair in string.gmatch(headers:getAtIndex("cookie", index), "[^;]+") do
      pair = string.match(pair, "^%s*(.-)%s*$")
      local name = string.match(pair, "^([^=]-)%s*=") or pair
      if pair ~= "" and name ~= NAME and string.sub(name, 1, #NAME + 1) ~= NAME .. "_" then
        kept[#kept + 1] = pair
      end
    end
  end
  headers:remove("cookie")
  if #kept > 0 then
    headers:add("cookie", table.concat(kept, "; "))
  end
end
