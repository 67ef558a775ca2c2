// <button data-portal-copy="text" hidden>: shows itself where the clipboard can be used, copies, says so.
import { say } from "./live.js";

function wake(root) {
  if (!navigator.clipboard) return;
  root.querySelectorAll("[data-portal-copy][hidden]").forEach((button) => { button.hidden = false; });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-portal-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.portalCopy);
  button.dataset.portalDone = "";
  say(button.dataset.portalCopied);
  setTimeout(() => delete button.dataset.portalDone, 1500);
});
document.addEventListener("htmx:load", (event) => wake(event.target));
wake(document);
