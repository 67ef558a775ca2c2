// One polite voice for the page; finished regions speak through it, Escape closes the phone menu.
export function say(words) {
  const voice = document.querySelector("[data-portal-live]");
  if (!voice || !words || voice.textContent === words) return;
  voice.textContent = words;
}

document.addEventListener("htmx:afterSettle", (event) => {
  const region = event.target.closest?.("[data-portal-region]");
  say(region?.querySelector("[data-portal-say]")?.dataset.portalSay);
});

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".p-phone > details")) return;
  document.body.toggleAttribute("data-portal-menu-open", event.target.open);
}, true);

document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".p-phone > details[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
