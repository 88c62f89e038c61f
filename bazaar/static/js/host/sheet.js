// The three dialogs of the console: log a sale, void a sale, throw an unsent entry away.

import { setText } from "./draw.js";
import { LARGEST_QUANTITY, LONGEST_CODE, readRupiah, rupiah } from "./ledger.js";

const $ = (id) => document.getElementById(id);

function closeOnBackdrop(dialog) {
  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) dialog.close();
  });
}

function showError(id, text) {
  setText($(id), text);
  $(id).hidden = text === "";
}

// --- Log a sale ----------------------------------------------------------------------------------

// `onSave({turn, code, name, quantity, price, alias, payment, replaces})` gets what was entered.
export function makeSaleSheet({ onSave }) {
  const dialog = $("sheet");
  let sale = null; // {turn, product | null, replaces}
  let typed = "";

  // `product` null asks for a code and a price; `left` is what remains of it, unsent sales included; `draft` fills in what a
  // person wrote before.
  function open({ turn, product, left = null, isElsewhere, draft = {} }) {
    sale = { turn, product, replaces: draft.replaces ?? null };
    typed = "";
    const name = turn.vendor?.business_name ?? "Waktu kosong";
    setText($("sheet-title"), product ? `${product.code} ${product.name}` : "Barang lain");
    setText($("sheet-price"), product ? rupiah(product.price_idr) : "");
    setText($("sheet-stock"), product ? stockWords(product, left ?? product.stock) : name);
    $("sheet-aim").hidden = !isElsewhere;
    setText($("sheet-aim"), `Untuk giliran ${name}`);
    $("sheet-other").hidden = product !== null;
    $("other-code").value = draft.code ?? "";
    $("other-price").value = draft.price ? String(draft.price) : "";
    $("alias").value = draft.alias ?? "";
    for (const radio of dialog.querySelectorAll("[name=payment]")) radio.checked = radio.value === (draft.payment ?? "qris");
    setQuantity(draft.quantity ?? 1);
    showError("sheet-error", "");
    dialog.showModal();
    (product ? $("sheet-save") : $("other-code")).focus(); // no phone keyboard for the plain sale: Catat is one tap away
  }

  function quantity() {
    return /^\d+$/.test($("quantity").value.trim()) ? Number($("quantity").value) : Number.NaN;
  }

  function setQuantity(number) {
    $("quantity").value = String(Math.min(LARGEST_QUANTITY, Math.max(1, number)));
    drawSave();
  }

  function drawSave() {
    const price = sale.product ? sale.product.price_idr : readRupiah($("other-price").value);
    const sum = quantity() * price;
    setText($("sheet-save-text"), saveWords(quantity(), sum));
    for (const key of $("amount-keys").children) key.setAttribute("aria-pressed", String(Number(key.value) === quantity()));
  }

  function step(by) {
    typed = "";
    setQuantity((quantity() || 0) + by);
  }

  // Digits count pieces wherever no text is being typed: 1 2 is twelve, Backspace takes one back.
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio])")) return;
    if (/^\d$/.test(event.key)) {
      typed = (typed + event.key).replace(/^0+/, "").slice(-3);
      setQuantity(Number(typed || 1));
    } else if (event.key === "Backspace") {
      typed = typed.slice(0, -1);
      setQuantity(Number(typed || 1));
    } else if (event.key === "+" || event.key === "-") {
      step(event.key === "+" ? 1 : -1);
    } else {
      return;
    }
    event.preventDefault();
  }

  function onSubmit(event) {
    event.preventDefault();
    const found = sale.product ? { code: sale.product.code, name: sale.product.name, price: sale.product.price_idr } : readOther();
    const fault = found.fault ?? quantityFault(quantity());
    showError("sheet-error", fault?.text ?? "");
    if (fault) {
      $(fault.field).focus();
      return;
    }
    dialog.close();
    const payment = dialog.querySelector("[name=payment]:checked").value;
    onSave({ ...found, turn: sale.turn, quantity: quantity(), alias: $("alias").value.trim(), payment, replaces: sale.replaces });
  }

  $("less").addEventListener("click", () => step(-1));
  $("more").addEventListener("click", () => step(1));
  $("amount-keys").addEventListener("click", ({ target }) => {
    if (target.value) setQuantity(Number(target.value));
    typed = "";
  });
  $("quantity").addEventListener("input", drawSave);
  $("quantity").addEventListener("focus", () => $("quantity").select());
  $("other-price").addEventListener("input", drawSave);
  $("sheet-close").addEventListener("click", () => dialog.close());
  $("sheet-form").addEventListener("submit", onSubmit);
  dialog.addEventListener("keydown", onKey);
  closeOnBackdrop(dialog);
  return { open };
}

function saveWords(quantity, sum) {
  if (!Number.isFinite(sum) || sum <= 0) return "Catat";
  return quantity > 1 ? `Catat ${quantity}, ${rupiah(sum)}` : `Catat ${rupiah(sum)}`;
}

function stockWords({ unit }, left) {
  if (left === null) return "";
  return left > 0 ? `sisa ${left} ${unit}`.trim() : "stok habis, tetap bisa dicatat";
}

function quantityFault(quantity) {
  const isRight = Number.isInteger(quantity) && quantity >= 1 && quantity <= LARGEST_QUANTITY;
  return isRight ? null : { field: "quantity", text: `Jumlah harus angka 1 sampai ${LARGEST_QUANTITY}.` };
}

function readOther() {
  const code = $("other-code").value.trim().toUpperCase().slice(0, LONGEST_CODE);
  const price = readRupiah($("other-price").value);
  if (code === "") return { fault: { field: "other-code", text: "Isi kode atau nama barangnya." } };
  if (!(price >= 1 && price <= 100_000_000)) return { fault: { field: "other-price", text: "Isi harga satuan. Contoh: 15000." } };
  return { code, name: "", price };
}

// --- Void a sale ---------------------------------------------------------------------------------

// `onVoid(row, reason)` gets the sale and why it is cancelled.
export function makeVoidDialog({ onVoid }) {
  const dialog = $("void");
  let row = null;

  function open(sale) {
    row = sale;
    setText($("void-title"), `Batalkan ${row.quantity} × ${row.code}${row.alias ? ` untuk ${row.alias}` : ""}?`);
    for (const radio of dialog.querySelectorAll("[name=reason]")) radio.checked = false;
    $("void-words").value = "";
    showError("void-error", "");
    dialog.showModal();
    dialog.querySelector("[name=reason]").focus();
  }

  $("void-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = $("void-words").value.trim() || dialog.querySelector("[name=reason]:checked")?.value || "";
    if (reason === "") {
      showError("void-error", "Pilih atau tulis alasannya dulu.");
      dialog.querySelector("[name=reason]").focus();
      return;
    }
    dialog.close();
    onVoid(row, reason);
  });
  $("void-close").addEventListener("click", () => dialog.close());
  closeOnBackdrop(dialog);
  return { open };
}

// --- Throw an unsent entry away ------------------------------------------------------------------

// `onDrop(uuid)` after a second look.
export function makeDropDialog({ onDrop }) {
  const dialog = $("drop");
  let uuid = null;

  $("drop-form").addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    onDrop(uuid);
  });
  $("drop-close").addEventListener("click", () => dialog.close());
  closeOnBackdrop(dialog);
  return {
    open(entryUuid, words) {
      uuid = entryUuid;
      setText($("drop-title"), `Buang ${words}?`);
      dialog.showModal();
      $("drop-close").focus();
    },
  };
}
