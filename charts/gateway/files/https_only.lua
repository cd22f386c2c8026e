-- Answers everything that came over http with the same address over https.
local ORIGINS = {
@ORIGINS@
}

function envoy_on_request(handle)
  local headers = handle:headers()
  if headers:get("x-forwarded-proto") ~= "http" then
    return
  end
  local host = string.gsub(headers:get(":authority") or "", ":%d+$", "")
  local origin = ORIGINS[string.lower(host)]
  if origin == nil then
    handle:respond({ [":status"] = "404" }, "")
  else
    handle:respond({ [":status"] = "308", ["location"] = origin .. (headers:get(":path") or "/") }, "")
  end
end
