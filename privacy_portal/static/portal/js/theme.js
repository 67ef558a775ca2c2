// Light, dark, or as the system says. Loaded in the head without `defer`, so that no page flashes in the wrong mode.
(() => {
  const KEY = "portal-theme";
  const CHOICES = ["system", "light", "dark"];
  const read = () => {
    try { return localStorage.getItem(KEY) || "system"; } catch { return "system"; }
  };
  const show = (choice) => {
    if (choice === "system") delete document.documentElement.dataset.portalTheme;
    else document.documentElement.dataset.portalTheme = choice;
  };
  const name = (button, choice) => {
    button.hidden = false;
    button.querySelector("[data-portal-theme-word]").textContent = button.dataset[`word${choice}`] || choice;
  };
  show(read());
  document.addEventListener("DOMContentLoaded", () => {
    const buttons = document.querySelectorAll("[data-portal-theme-toggle]");
    buttons.forEach((button) => {
      name(button, read());
      button.addEventListener("click", () => {
        const choice = CHOICES[(CHOICES.indexOf(read()) + 1) % CHOICES.length];
        try { localStorage.setItem(KEY, choice); } catch { /* a private window forgets */ }
        show(choice);
        buttons.forEach((one) => name(one, choice));
      });
    });
  });
})();
