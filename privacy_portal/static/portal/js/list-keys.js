// Keys for long lists: j k move, x selects, Enter opens, / searches, g + letter goes, ? helps.
// Off while typing, and can be switched off in the help (WCAG 2.1.4).
const rows = () => [...document.querySelectorAll("[data-portal-rows] > tr")];
const current = () => document.querySelector("[data-portal-rows] > tr[data-portal-current]");
const OFF = "portal-keys-off";
let going = 0;

function areOff() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}

function keepSwitch() {
  const box = document.querySelector("[data-portal-keys-on]");
  if (!box) return;
  box.checked = !areOff();
  box.addEventListener("change", () => {
    try { localStorage.setItem(OFF, box.checked ? "0" : "1"); } catch { /* a private window forgets */ }
  });
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  current()?.removeAttribute("data-portal-current");
  next.setAttribute("data-portal-current", "");
  (next.querySelector("[data-portal-open]") ?? next.querySelector("a, button, input"))?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function select() {
  const box = current()?.querySelector("[data-portal-select]");
  if (box) box.click();
}

function search() {
  const field = document.querySelector("[data-portal-search], .p-filter input:not([type=hidden]), .p-filter select");
  field?.focus();
}

function help() {
  document.querySelector("dialog[data-portal-keys]")?.showModal();
}

function go(letter) {
  const links = [...document.querySelectorAll(`.p-nav a[data-portal-go="${CSS.escape(letter)}"]`)];
  links.find((link) => link.offsetParent !== null)?.click();
}

const DEEDS = { j: () => move(1), k: () => move(-1), x: select, "/": search, "?": help, g: () => { going = Date.now(); } };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (areOff() && event.key !== "?") return;
  if (Date.now() - going < 1200 && /^[a-z]$/.test(event.key)) { going = 0; event.preventDefault(); go(event.key); return; }
  if (event.key === "Enter" && event.target === document.body) { current()?.querySelector("[data-portal-open]")?.click(); return; }
  if (!DEEDS[event.key]) return;
  event.preventDefault();
  DEEDS[event.key]();
});

keepSwitch();
