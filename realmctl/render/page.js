// Searches, opens and closes what is on a page. Without it all is there, and nothing is hidden.
(() => {
  const tools = document.getElementById("tools");
  if (!tools) return;
  tools.hidden = false;
  const field = document.getElementById("find"), said = document.getElementById("found");
  const items = [...document.querySelectorAll("[data-item]")];
  const texts = items.map(item => item.textContent.toLowerCase());
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    items.forEach((item, at) => {
      const fits = words.every(word => texts[at].includes(word));
      item.hidden = !fits;
      shown += fits;
    });
    for (const part of document.querySelectorAll("[data-part]")) {
      part.hidden = words.length > 0 && !part.querySelector("[data-item]:not([hidden])");
    }
    said.textContent = words.length ? `${shown} of ${items.length} shown` : `${items.length} in all`;
  };
  const all = open => { for (const one of document.querySelectorAll("main details")) one.open = open; };
  field.addEventListener("input", search);
  field.addEventListener("keydown", event => { if (event.key === "Escape") { field.value = ""; search(); } });
  document.getElementById("open").addEventListener("click", () => all(true));
  document.getElementById("close").addEventListener("click", () => all(false));
  const reveal = () => {
    let name = "";
    try { name = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const there = name && document.getElementById(name);
    if (!there || there.tagName !== "DETAILS") return;
    if (there.closest("[hidden]")) { field.value = ""; search(); }
    there.open = true;
    there.querySelector("summary").focus();
  };
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => all(true));
  search();
  reveal();
})();
