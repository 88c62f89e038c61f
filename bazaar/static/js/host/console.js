// The host's console: brings the state, the outbox, the screen and the dialogs together.

import { follow } from "./follow.js";
import { UNDO_REASON, eveningAt, faultSentence, isAimOver, leftOf, newUuid, openBook, parseQuickCode, productOf, saleEntry, voidEntry } from "./ledger.js";
import { makeOutbox, makePost } from "./outbox.js";
import { drawNotes, entryWords, makeScreen, say } from "./screen.js";
import { makeDropDialog, makeSaleSheet, makeVoidDialog } from "./sheet.js";
import { openDevice, openShelf } from "./shelf.js";

const UNDO_SECONDS = 10;
const DRIFT = 2_000;
const $ = (id) => document.getElementById(id);
const address = $("grid").dataset;
const readData = (id) => JSON.parse($(id).textContent);

let state = readData("state");
let serverOffset = 0; // server's clock minus performance.now(); the phone's own clock decides nothing
let drift = 0;
let aim = null; // the slot position of a turn other than the current one, written for until the host goes back
let aimedDuring = null; // the current turn's position at that moment
let showAll = false;
let lastPhase = "";
let stateTrouble = null;
let toast = null; // {text, secondsLeft, uuid | null}

const device = openDevice(localStorageOrNothing(), () => newUuid().slice(0, 8));
const shelf = openShelf(localStorageOrNothing(), address.liveSession);
const token = {
  read: () => document.querySelector("meta[name=csrf-token]").content,
  renew: renewToken,
};
const outbox = makeOutbox({ shelf, post: makePost({ url: address.entriesUrl, device: device.name, token }), onChange: () => draw() });
const saleSheet = makeSaleSheet({ onSave: saveSale });
const voidDialog = makeVoidDialog({ onVoid: (row, reason) => voidSale(row, reason, `${row.quantity} × ${row.code} dibatalkan.`) });
const dropDialog = makeDropDialog({ onDrop: (uuid) => outbox.discard(uuid) });
const screen = makeScreen({ goods: readData("goods"), act: { openSale, openOther, aimAt, openVoid, amend, drop, noteCall } });

// A browser that forbids storage still gets a console; the notes then say that the page must stay open.
function localStorageOrNothing() {
  try {
    return globalThis.localStorage;
  } catch {
    return {};
  }
}

// --- Time ----------------------------------------------------------------------------------------

function takeState(fresh) {
  state = fresh;
  serverOffset = Date.parse(state.now) - performance.now();
  drift = Date.now() - performance.now();
  outbox.settle(new Set(state.entries.map((entry) => entry.uuid)));
  draw();
}

const serverNow = () => performance.now() + serverOffset;

function tick() {
  if (Math.abs(Date.now() - performance.now() - drift) > DRIFT) {
    drift = Date.now() - performance.now();
    follower.refresh({ isFresh: true }); // the phone slept, or its clock was set: ask the server what time it is
  }
  countToast();
  const view = makeView();
  if (phaseOf(view) === lastPhase) screen.tick(view);
  else draw();
}

// --- View ----------------------------------------------------------------------------------------

function makeView() {
  const at = serverNow();
  const evening = eveningAt(state.turns, at, state.live_session.is_withdrawn);
  if (aim !== null && hasAimPassed(evening.current, at)) aim = null;
  const target = aim === null ? evening.current : turnAt(aim);
  return {
    state,
    at,
    evening,
    target,
    aim,
    showAll,
    book: openBook(state, outbox.items()),
    problems: outbox.problems(),
    unsentCount: outbox.unsentCount(),
    trouble: stateTrouble === "sign-in" ? stateTrouble : (outbox.trouble() ?? stateTrouble),
    isSending: outbox.isSending(),
    device: device.name,
  };
}

function hasAimPassed(current, at) {
  const target = turnAt(aim);
  return target === null || target === current || isAimOver(target, aimedDuring, current, at); // gone, or it has begun, or its time is over
}

// What the whole screen is drawn anew for: another phase or turn, and each minute what its sentences say about time.
const phaseOf = ({ evening, at }) => `${evening.phase}/${evening.current?.slot_position}/${Math.floor(at / 60_000)}`;

const turnAt = (position) => state.turns.find((turn) => turn.slot_position === position) ?? null;

function draw() {
  const view = makeView();
  lastPhase = phaseOf(view);
  screen.draw(view);
  drawNotes(notesOf(view));
}

function notesOf({ trouble, unsentCount }) {
  const notes = [];
  if (trouble === "sign-in") {
    const kept = unsentCount > 0 ? " Catatan aman di HP ini." : "";
    const text = `Anda perlu masuk lagi.${kept} Buka lagi tautan siaran dari panitia, atau`;
    notes.push({ key: "sign-in", text, href: address.signInUrl, link: "masuk dengan akun" });
  }
  if (["offline", "server"].includes(trouble) && unsentCount > 0) {
    const what = trouble === "offline" ? "Tidak ada sinyal." : "Pusat sedang macet.";
    notes.push({ key: trouble, text: `${what} Catatan aman di HP ini, dikirim sendiri nanti.`, style: "", sign: "cloud" });
  }
  if (shelf.isBroken()) notes.push({ key: "shelf", text: "HP ini tidak bisa menyimpan catatan. Jangan tutup halaman sebelum semua terkirim." });
  if (state.conflict_count > 0) {
    notes.push({ key: "conflicts", text: `${state.conflict_count} catatan bentrok menunggu panitia. Jualan lain tetap jalan.`, style: "note--changed" });
  }
  return notes;
}

// --- Entries -------------------------------------------------------------------------------------

function stamp() {
  return { uuid: newUuid(), recorded_at: new Date().toISOString(), device: device.name, seq: device.nextSeq() };
}

function saveSale({ turn, code, name, quantity, price, alias, payment, replaces }) {
  const entry = saleEntry({ position: turn.slot_position, code, quantity, price, alias, payment }, stamp());
  if (turn.slot_position !== makeView().target?.slot_position) showAll = true; // what was just written must be seen
  outbox.add(entry, name);
  if (replaces) outbox.discard(replaces);
  const buyer = alias ? ` untuk ${alias}` : "";
  showToast(`${quantity} × ${code}${buyer} dicatat.`, entry.uuid);
}

function voidSale(row, reason, words) {
  outbox.add(voidEntry({ saleUuid: row.uuid, reason }, stamp()), row.name);
  showToast(words, null);
}

function openSale(position, code) {
  const turn = turnAt(position);
  const product = productOf(turn.products, code);
  saleSheet.open({ turn, product, left: leftOf(product, turn, makeView().book), isElsewhere: aim !== null });
}

function openOther() {
  const { target } = makeView();
  saleSheet.open({ turn: target, product: null, isElsewhere: aim !== null });
}

function openVoid(uuid) {
  const row = makeView().book.rows.find((known) => known.uuid === uuid);
  if (row) voidDialog.open(row);
}

// A conflict or a rejection goes again as a new entry, with a new UUID, after a person looked at it.
function amend(uuid) {
  const item = outbox.problems().find((known) => known.entry.uuid === uuid);
  const { entry } = item;
  if (entry.kind === "void") {
    outbox.add(voidEntry({ saleUuid: entry.void_of, reason: entry.reason }, stamp()), item.name);
    outbox.discard(uuid);
    return;
  }
  const { evening } = makeView();
  const turn = turnAt(entry.slot_position) ?? evening.current ?? evening.previous ?? state.turns[0];
  const draft = { code: entry.product_code, price: entry.unit_price_idr, quantity: entry.qty, alias: entry.buyer_alias, payment: entry.payment_method, replaces: uuid };
  const product = productOf(turn.products, entry.product_code) ?? null;
  saleSheet.open({ turn, product, isElsewhere: turn !== evening.current, draft });
}

function drop(uuid) {
  const item = outbox.problems().find((known) => known.entry.uuid === uuid);
  dropDialog.open(uuid, entryWords(item, state));
}

function aimAt(position) {
  aim = position;
  aimedDuring = makeView().evening.current?.slot_position ?? null;
  draw();
  $("catat").scrollIntoView({ block: "start" });
  $("aim-back").focus({ preventScroll: true });
}

function aimBack() {
  aim = null;
  draw();
  [$("early"), $("previous")].find((button) => !button.hidden)?.focus({ preventScroll: true });
}

// --- Calls ---------------------------------------------------------------------------------------

const CALL_WORDS = { ready: "siap", unable: "berhalangan", unanswered: "tidak diangkat" };

// Needs the network, unlike a sale: an answer that waits in this phone would keep somebody else calling.
async function noteCall(call, outcome, isSecondTry = false) {
  let response = null;
  try {
    response = await fetch(`${address.callUrl}/${call.vendor_id}/${call.slot_id}`, {
      method: "POST",
      headers: { "X-CSRFToken": token.read() },
      body: new URLSearchParams({ kind: outcome }),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    showToast("Tidak ada sinyal. Belum tercatat, coba lagi.", null);
    return;
  }
  if (response.status === 400 && !isSecondTry && (await token.renew())) {
    await noteCall(call, outcome, true);
    return;
  }
  showToast(response.ok ? `${call.owner_name}: ${CALL_WORDS[outcome]}. Dicatat.` : "Belum tercatat. Muat ulang halaman ini, lalu coba lagi.", null);
  await follower.refresh({ isFresh: true });
}

// --- Quick code ----------------------------------------------------------------------------------

function onCode(event) {
  event.preventDefault();
  const { target } = makeView();
  const field = $("code");
  const parsed = parseQuickCode(field.value, target.products);
  const sentence = parsed.fault ? faultSentence(parsed, target, state.turns) : "";
  showCodeError(sentence);
  field.focus();
  if (sentence !== "") return;
  const { product, quantity, alias } = parsed;
  field.value = "";
  saveSale({ turn: target, code: product.code, name: product.name, quantity, price: product.price_idr, alias, payment: "qris", replaces: null });
}

function showCodeError(sentence) {
  $("code-error").textContent = sentence;
  $("code-error").hidden = sentence === "";
  $("code").setAttribute("aria-invalid", String(sentence !== ""));
}

// --- Toast ---------------------------------------------------------------------------------------

function showToast(text, uuid) {
  toast = { text, uuid, secondsLeft: UNDO_SECONDS };
  say(uuid ? `${text} Bisa diurungkan.` : text);
  drawToast();
}

function countToast() {
  if (toast === null) return;
  toast.secondsLeft -= 1;
  if (toast.secondsLeft <= 0) toast = null;
  drawToast();
}

function drawToast() {
  if (toast === null && $("toast").contains(document.activeElement)) $("code").focus({ preventScroll: true });
  $("toast").hidden = toast === null;
  if (toast === null) return;
  $("toast-text").textContent = toast.text;
  $("undo").hidden = toast.uuid === null;
  $("undo-left").textContent = `(${toast.secondsLeft})`;
}

function undo() {
  const row = makeView().book.rows.find((known) => known.uuid === toast?.uuid);
  if (!row || row.isVoided) return;
  voidSale(row, UNDO_REASON, `${row.quantity} × ${row.code} diurungkan.`);
}

// --- Keys ----------------------------------------------------------------------------------------

// A host at a desk just types: letters and digits go to the quick code wherever the focus is.
function onKey(event) {
  if (document.querySelector("dialog[open]") || event.altKey) return;
  const isTyping = event.target.matches("input, textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !(isTyping && event.target.value !== "")) {
    event.preventDefault();
    undo();
  } else if (event.key === "Escape") {
    onEscape();
  } else if (!isTyping && !event.ctrlKey && !event.metaKey && /^[a-z0-9]$/i.test(event.key) && !$("dock").hidden) {
    $("code").focus();
  }
}

function onEscape() {
  const isEmpty = $("code").value === "";
  $("code").value = "";
  showCodeError("");
  if (isEmpty && aim !== null) aimBack();
}

// --- The server ----------------------------------------------------------------------------------

// The cross-site token lives as long as the browser's session; a console left open over night may need another.
async function renewToken() {
  try {
    const response = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("meta[name=csrf-token]")?.content;
    if (fresh) document.querySelector("meta[name=csrf-token]").content = fresh;
    return Boolean(fresh);
  } catch {
    return false;
  }
}

function onTrouble(trouble) {
  const hasChanged = trouble !== stateTrouble;
  stateTrouble = trouble;
  if (hasChanged) draw();
  if (trouble === null && outbox.trouble()) outbox.flush();
}

takeState(state);
const follower = follow({ stateUrl: address.stateUrl, eventsUrl: address.eventsUrl, onState: takeState, onTrouble });

$("code-form").addEventListener("submit", onCode);
$("code").addEventListener("input", () => showCodeError(""));
$("previous").addEventListener("click", () => aimAt(makeView().evening.previous.slot_position));
$("early").addEventListener("click", () => aimAt(makeView().evening.next.slot_position));
$("aim-back").addEventListener("click", aimBack);
$("undo").addEventListener("click", undo);
$("sync").addEventListener("click", () => {
  outbox.flush();
  follower.refresh({ isFresh: true });
});
$("show-turn").addEventListener("click", () => {
  showAll = false;
  draw();
});
$("show-all").addEventListener("click", () => {
  showAll = true;
  draw();
});
document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  outbox.flush();
  follower.refresh({ isFresh: true });
});
window.addEventListener("online", () => outbox.flush());
window.addEventListener("storage", (event) => {
  if (shelf.holds(event.key)) outbox.load();
});
window.addEventListener("beforeunload", (event) => {
  if (outbox.unsentCount() > 0) event.preventDefault();
});
window.addEventListener("pagehide", () => follower.close());
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // back from the browser's page cache: its streams are dead
});
setInterval(tick, 1_000);
outbox.load();
