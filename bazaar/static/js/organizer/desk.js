// Small comforts of the organizer's desk. Every page works without this file.

/** Buttons that copy an address; hidden where the browser cannot copy. */
function offerCopying(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      button.textContent = "Tersalin";
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
}

/** A search field that narrows a list while one types, also within its folds; where it has a form, Enter still asks the server. */
function narrowWhileTyping(root) {
  for (const input of root.querySelectorAll("[data-filter]")) {
    const list = document.getElementById(input.dataset.filter);
    const items = list ? [...list.querySelectorAll("[data-words]")] : [];
    const folds = list ? [...list.querySelectorAll("details")].filter((fold) => fold.querySelector("[data-words]")) : [];
    const wasOpen = new Map(folds.map((fold) => [fold, fold.open]));
    const box = input.closest("[data-needs-script]");
    if (box) box.hidden = false;
    const none = document.querySelector("[data-filter-none]");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const fold of folds) fold.open = wanted !== "" || wasOpen.get(fold);
      for (const item of items) {
        item.hidden = !item.dataset.words.includes(wanted);
        if (!item.hidden) shown += 1;
      }
      if (none) none.hidden = shown > 0;
    });
  }
}

/** Ask once more before what cannot be taken back: a native dialog, the safe answer first. */
function askFirst(root) {
  for (const button of root.querySelectorAll("[data-confirm]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const dialog = document.createElement("dialog");
      dialog.className = "dialog";
      dialog.setAttribute("aria-label", button.textContent.trim());
      const question = document.createElement("p");
      question.textContent = button.dataset.confirm;
      const foot = document.createElement("div");
      foot.className = "dialog__foot";
      const no = document.createElement("button");
      no.className = "btn";
      no.textContent = "Belum";
      const yes = document.createElement("button");
      yes.className = "btn btn--act";
      yes.textContent = button.textContent.trim();
      no.addEventListener("click", () => dialog.close());
      yes.addEventListener("click", () => { dialog.close(); button.form.requestSubmit(button); });
      dialog.addEventListener("close", () => dialog.remove());
      foot.append(no, yes);
      dialog.append(question, foot);
      document.body.append(dialog);
      dialog.showModal();
      no.focus();
    });
  }
}

/** Say that a slow button is at work, and take no second press. */
function showWork(root) {
  for (const form of root.querySelectorAll("form[data-working]")) {
    form.addEventListener("submit", () => {
      const button = form.querySelector("button:not([type=button])");
      // After the browser has collected the form, or the button's own value would be missing.
      setTimeout(() => { button.disabled = true; button.textContent = form.dataset.working; }, 0);
    });
  }
}

/** In a row that scrolls sideways, the chosen one is in view. */
function showChosen(root) {
  for (const row of root.querySelectorAll("[data-sideways]")) {
    const chosen = row.querySelector("[aria-current]");
    if (chosen) row.scrollLeft += chosen.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - chosen.offsetWidth) / 2;
  }
}

/** The edition's menu closes on Escape and on a press elsewhere. */
function closeMenus(root) {
  for (const menu of root.querySelectorAll("[data-menu]")) {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
}

for (const comfort of [offerCopying, narrowWhileTyping, askFirst, showWork, showChosen, closeMenus]) comfort(document);
