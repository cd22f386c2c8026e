-- Takes the session's cookie, its parts (NAME_1) and those of a login under way (NAME_…_csrf) out of the request.
local NAME = "@COOKIE@"
local OWN = "@PREFIX@/"  -- oauth2-proxy's own pages need them
-- But for the end of a login, which needs that login's cookie alone: oauth2-proxy would keep the new session under the
-- ticket that the browser brings along, and whoever planted it there could use it as well.
local CALLBACK = OWN .. "callback"

local function begins(text, start)
  return string.sub(text, 1, #start) == start
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local path = headers:get(":path") or ""
  local callback = begins(path, CALLBACK)
  local count = headers:getNumValues("cookie")
  if count == 0 or begins(path, OWN) and not callback then
    return
  end
  local kept = {}
  for index = 0, count - 1 do
    for pair in string.gmatch(headers:getAtIndex("cookie", index), "[^;]+") do
      pair = string.match(pair, "^%s*(.-)%s*$")
      local name = string.match(pair, "^([^=]-)%s*=") or pair
      if pair ~= "" and name ~= NAME and (callback or not begins(name, NAME .. "_")) then
        kept[#kept + 1] = pair
      end
    end
  end
  headers:remove("cookie")
  if #kept > 0 then
    headers:add("cookie", table.concat(kept, "; "))
  end
end
