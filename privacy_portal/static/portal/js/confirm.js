// data-portal-confirm="Erase 12 records?" on a submit button or its form: asks in a native dialog before sending.
const agreed = new WeakSet();

function ask(form, submitter, question) {
  const dialog = document.createElement("dialog");
  dialog.className = "p-dialog";
  const words = document.createElement("p");
  words.id = "confirm-question";
  words.textContent = question;
  dialog.setAttribute("aria-labelledby", words.id);
  const choices = document.createElement("form");
  choices.method = "dialog";
  choices.className = "p-dialog__buttons";
  const no = submitter?.dataset.portalConfirmNo ?? form.dataset.portalConfirmNo ?? "Cancel";
  choices.append(choice(no, "no", "btn"), choice(submitter?.textContent.trim() || "OK", "yes", submitter?.className ?? "btn btn-primary"));
  dialog.append(words, choices);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue !== "yes") { submitter?.focus(); return; }
    agreed.add(form);
    form.requestSubmit(submitter);
  });
  dialog.showModal();
}

function choice(words, value, css) {
  const button = document.createElement("button");
  button.value = value;
  button.className = css;
  button.textContent = words;
  button.autofocus = value === "no";
  return button;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.portalConfirm ?? form.dataset.portalConfirm;
  if (!question || agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(form, event.submitter, question);
}, true);
