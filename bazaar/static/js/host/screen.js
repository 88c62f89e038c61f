// Draws the console from one view: {state, at, evening, target, aim, book, problems, unsentCount, trouble, showAll, device}.

import { el, follow, setSign, setText, sign } from "./draw.js";
import { PAYMENTS, clockOf, codeKey, countdownText, countdownWords, exampleCode, leftOf, rupiah } from "./ledger.js";

const $ = (id) => document.getElementById(id);
const ANSWERS = { ready: ["check", "Siap"], waiting: ["wait", "Menunggu"], unable: ["away", "Berhalangan"] };
const FLAGS = {
  not_of_this_vendor: "bukan barang lapak ini",
  unknown_product: "kode tidak dikenal",
  price_differs: "harga lain dari daftar",
  empty_slot: "waktu tanpa lapak",
  before_turn: "dicatat sebelum gilirannya",
  live_session_withdrawn: "siaran sudah dibatalkan",
  payment_unknown: "cara bayar tidak dikenal",
};
const LOW_STOCK = 3;
const MINUTE = 60_000;
const EARLY = 60 * MINUTE; // how long before its time a turn may be written for: streams begin early now and then

// `act` holds what the buttons do: {openSale, openOther, aimAt, openVoid, amend, drop}.
export function makeScreen({ goods, act }) {
  let spokenTurn = null;

  function draw(view) {
    const { state, evening } = view;
    const clock = clockOf(state.live_session.timezone);
    document.body.dataset.phase = evening.phase;
    document.body.classList.toggle("is-aimed", view.aim !== null);
    drawTop(view, clock);
    drawNow(view, clock);
    drawNext(view, clock, goods);
    drawCalls(view, act);
    drawTalk(view);
    drawSell(view, clock, act);
    drawProblems(view, act);
    drawLog(view, clock, act);
    drawRundown(view, clock, act);
    drawLinks(state.live_session);
    sayNewTurn(evening.current);
  }

  function sayNewTurn(turn) {
    const position = turn?.slot_position ?? null;
    if (spokenTurn !== null && position !== null && position !== spokenTurn) {
      say(turn.vendor ? `Giliran sekarang: ${turn.vendor.business_name}.` : "Sekarang tidak ada lapak.");
    }
    spokenTurn = position;
  }

  return { draw, tick: (view) => drawTimer(view, clockOf(view.state.live_session.timezone)) };
}

// Said to those who listen to the page.
export function say(text) {
  setText($("said"), "");
  setText($("said"), text);
}

// --- Top: the hour, and whether everything is sent ------------------------------------------------

function drawTop({ state, unsentCount, trouble, isSending }) {
  setText($("night"), state.live_session.title);
  const [name, text, style] = syncWords(unsentCount, trouble, isSending);
  setSign($("sync-sign"), name);
  setText($("sync-text"), text);
  $("sync").className = `sync push ${style}`;
}

function syncWords(unsentCount, trouble, isSending) {
  if (unsentCount > 0) return ["cloud", `${unsentCount} belum terkirim`, isSending && !trouble ? "sync--sending" : "sync--unsent"];
  if (trouble === "sign-in") return ["cloud", "Perlu masuk lagi", "sync--unsent"];
  if (trouble) return ["cloud", trouble === "server" ? "Pusat macet" : "Tidak ada sinyal", "sync--sending"];
  return ["check2", "Semua terkirim", ""];
}

// The notes above everything: each says what happened and what to do.
export function drawNotes(notes) {
  follow($("notes"), notes, {
    key: (note) => note.key,
    draw: (note) =>
      el(
        "p",
        { class: `note ${note.style ?? "note--act"} h-note` },
        sign(note.sign ?? "away"),
        el("span", {}, note.text, note.href ? " " : null, note.href ? el("a", { href: note.href }, note.link) : null),
      ),
  });
}

// --- Now -----------------------------------------------------------------------------------------

function drawNow(view, clock) {
  const { state, evening } = view;
  const words = nowWords(state, evening, clock, view.book);
  $("now").classList.toggle("now--calm", evening.phase !== "on-air");
  $("now").classList.toggle("cloth", ["waiting", "over", "empty"].includes(evening.phase));
  $("now-pulse").hidden = evening.phase !== "on-air";
  setText($("now-label"), words.label);
  setText($("now-time"), words.time);
  setText($("now-name"), words.name);
  setText($("now-who"), words.who);
  $("now-who").hidden = words.who === "";
  $("now-note").hidden = words.note === "";
  setText($("now-note"), words.note);
  setText(document.querySelector("title"), `${words.name} · Siaran`);
  drawTimer(view, clock);
}

function nowWords(state, { phase, current, next }, clock, book) {
  const zone = state.live_session.zone;
  const until = (turn) => `${clock(turn.starts_at)}–${clock(turn.ends_at)} ${zone}`;
  if (phase === "on-air" && current.vendor) {
    const { vendor } = current;
    const note = current.answer === "unable" ? `${vendor.owner_name} berhalangan. Isi waktu, atau hubungi panitia.` : "";
    return { label: "Sekarang", time: until(current), name: vendor.business_name, who: ownerOf(vendor), note };
  }
  if (phase === "on-air") {
    return { label: "Sekarang", time: until(current), name: "Waktu kosong", who: "Tidak ada lapak. Ulang kode dan sapa penonton.", note: "" };
  }
  if (phase === "waiting") {
    return { label: "Belum mulai", time: state.live_session.title, name: `Mulai ${clock(next.starts_at)} ${zone}`, who: readyWords(state.turns), note: "" };
  }
  if (phase === "pause") return { label: "Jeda", time: "", name: `Lanjut ${clock(next.starts_at)} ${zone}`, who: "", note: "" };
  if (phase === "over") {
    const { saleCount, amount } = book.totals;
    const openCount = state.turns.filter((turn) => turn.vendor && !turn.is_closed).length;
    const note = openCount === 0 ? "Semua giliran sudah ditutup." : "Buku giliran sedang ditutup. Tunggu sebentar.";
    return { label: "Siaran selesai", time: state.live_session.title, name: rupiah(amount), who: `${saleCount} penjualan dicatat. Terima kasih.`, note };
  }
  if (phase === "withdrawn") {
    const who = "Panitia membatalkan siaran ini. Catatan yang sudah ada tetap aman.";
    return { label: "Siaran batal", time: state.live_session.title, name: "Siaran ini batal", who, note: "" };
  }
  return { label: "Siaran", time: state.live_session.title, name: "Belum ada waktu tayang", who: "Panitia belum membagi waktu siaran ini.", note: "" };
}

// `4 dari 6 lapak sudah siap.`
function readyWords(turns) {
  const stalls = turns.filter((turn) => turn.vendor);
  const readyCount = stalls.filter((turn) => turn.answer === "ready").length;
  if (stalls.length === 0) return "Belum ada lapak di siaran ini.";
  return readyCount === stalls.length ? "Semua lapak sudah siap." : `${readyCount} dari ${stalls.length} lapak sudah siap.`;
}

function ownerOf(vendor) {
  return [vendor.owner_name, vendor.district].filter(Boolean).join(", ");
}

function drawTimer({ state, evening, at }, clock) {
  setText($("clock"), `${clock(at)} ${state.live_session.zone}`);
  const end = evening.current ? Date.parse(evening.current.ends_at) : evening.next ? Date.parse(evening.next.starts_at) : null;
  $("timer").hidden = end === null;
  $("now-progress").hidden = evening.current === null;
  if (end === null) return;
  const left = end - at;
  const isFar = left >= 100 * MINUTE;
  setText($("timer-figures"), isFar ? String(Math.floor(left / (60 * MINUTE))) : countdownText(left).replace(/^1:(\d\d):(\d\d)$/, (_, m, s) => `${60 + Number(m)}:${s}`));
  setText($("timer-unit"), isFar ? "jam lagi" : "menit lagi");
  setText($("timer-words"), evening.current ? `Sisa ${countdownWords(left)}` : `${countdownWords(left)} lagi`);
  $("now").classList.toggle("now--ending", evening.current !== null && left <= MINUTE);
  if (evening.current) {
    const start = Date.parse(evening.current.starts_at);
    $("now-progress").max = Math.max(1, end - start);
    $("now-progress").value = Math.max(0, at - start);
  }
}

// --- Next ----------------------------------------------------------------------------------------

function drawNext({ state, evening }, clock, goods) {
  const { next, phase } = evening;
  $("next").hidden = ["over", "empty", "withdrawn"].includes(phase);
  follow($("next"), [next], {
    key: (turn) => turn?.slot_position ?? "none",
    draw: (turn) => (turn ? nextRow(turn, state, clock, goods, phase) : el("p", { class: "next__last" }, "Ini giliran terakhir siaran ini.")),
    print: (turn) => JSON.stringify([phase, turn && [turn.starts_at, turn.vendor, turn.answer]]),
  });
}

function nextRow(turn, state, clock, goods, phase) {
  const label = phase === "waiting" ? "Lapak pertama" : "Berikutnya";
  return el(
    "div",
    { class: "next__row" },
    goodsSign(turn.vendor?.category, goods),
    el(
      "div",
      { class: "next__words" },
      el("p", { class: "next__label num" }, `${label} ${clock(turn.starts_at)} ${state.live_session.zone}`),
      el("p", { class: "next__name" }, turn.vendor?.business_name ?? "Waktu kosong"),
    ),
    turn.vendor ? badge(turn.answer) : null,
  );
}

// Whom to telephone: nothing reached them for certain, and they gave no sign.
function drawCalls({ state }, act) {
  const calls = state.calls ?? [];
  $("calls").hidden = calls.length === 0;
  follow($("call-rows"), calls, { key: (call) => call.slot_id, draw: (call) => callRow(call, act) });
}

function callRow(call, act) {
  const note = (outcome, words) =>
    el("button", { class: "btn btn--small", type: "button", "data-focus": outcome, "aria-label": `${call.owner_name}: ${words}`, onclick: () => act.noteCall(call, outcome) }, words);
  return el(
    "li",
    { class: "call" },
    el("p", { class: "call__who" }, el("strong", {}, call.owner_name), `, ${call.business_name}, `, el("span", { class: "num nowrap" }, call.clock)),
    el("p", { class: "call__tried" }, `${call.tried.join(". ")}.`),
    call.phone
      ? el("a", { class: "btn btn--act call__dial", href: `tel:${call.phone}`, "aria-label": `Telepon ${call.owner_name}`, "data-focus": "dial" }, sign("phone"), "Telepon")
      : el("p", { class: "call__tried" }, "Nomor di bazar contoh ini karangan."),
    el("p", { class: "call__after" }, "Sudah ditelepon?"),
    el("div", { class: "call__notes" }, note("ready", "Siap"), note("unable", "Berhalangan"), note("unanswered", "Tidak diangkat")),
  );
}

function goodsSign(category, goods) {
  const [name, tint] = goods[category] ?? ["gift", ""];
  return el("span", { class: tint ? `goods goods--${tint}` : "goods", "aria-hidden": "true" }, sign(`g_${name}`));
}

function badge(answer) {
  const [name, text] = ANSWERS[answer] ?? ANSWERS.waiting;
  return el("span", { class: `badge badge--${answer}` }, sign(name), text);
}

function drawTalk({ evening }) {
  const note = evening.current?.vendor?.note ?? "";
  $("talk").hidden = note === "";
  setText($("talk-text"), note);
}

// --- Selling -------------------------------------------------------------------------------------

function drawSell({ state, at, evening, target, aim, book }, clock, act) {
  const { previous, next } = evening;
  const isLateOffered = previous !== null && aim === null;
  const isEarlyOffered = next !== null && aim === null && ["waiting", "pause"].includes(evening.phase) && Date.parse(next.starts_at) - at <= EARLY;
  $("sell").hidden = target === null && !isLateOffered && !isEarlyOffered;
  $("dock").hidden = target === null;
  drawAim(target, aim, evening);
  const products = target?.products ?? [];
  const tiles = products.map((product) => tileOf(product, target, book));
  follow($("tiles"), target ? [...tiles, { code: "" }] : [], {
    key: (tile) => (tile.code === "" ? "other" : `${target.slot_position}/${tile.code}`),
    draw: (tile) => (tile.code === "" ? otherTile(act) : drawTile(tile, act)),
  });
  $("no-products").hidden = target === null || products.length > 0;
  setText($("no-products"), target?.vendor ? "Lapak ini belum punya daftar barang. Pakai Barang lain." : "Waktu ini tanpa lapak. Pakai Barang lain bila perlu.");
  $("code-form").hidden = products.length === 0; // no code to type
  $("early").hidden = !isEarlyOffered;
  if (isEarlyOffered) setText($("early-name"), next.vendor?.business_name ?? "Waktu kosong");
  $("previous").hidden = !isLateOffered;
  if (isLateOffered) {
    setText($("previous-label"), target ? "Catat ke giliran sebelumnya:" : "Catat ke giliran terakhir:");
    const accepts = Date.parse(previous.accepts_until);
    const name = previous.vendor?.business_name ?? "Waktu kosong";
    setText($("previous-name"), at <= accepts && !previous.is_closed ? name : `${name} (susulan)`);
  }
  setText($("code-hint"), `contoh: ${exampleCode(products)} x2 Laras`);
}

function drawAim(target, aim, evening) {
  $("aim").hidden = aim === null;
  if (aim === null) return;
  setText($("aim-name"), target.vendor?.business_name ?? "Waktu kosong");
  setText($("aim-back-text"), evening.current ? "Kembali ke sekarang" : "Tutup");
}

// `stock` is what the vendor brought, `sold` what the server counted; this device adds what it has not sent yet.
function tileOf(product, turn, book) {
  const extra = book.soldExtra.get(`${turn.slot_position}/${codeKey(product.code)}`) ?? 0;
  return { ...product, position: turn.slot_position, sold: product.sold + extra, left: leftOf(product, turn, book) };
}

function drawTile(tile, act) {
  const isLow = tile.left !== null && tile.left <= LOW_STOCK;
  return el(
    "button",
    { class: isLow ? "tile tile--low" : "tile", type: "button", onclick: () => act.openSale(tile.position, tile.code) },
    el("span", { class: "tile__code" }, tile.code, stockWords(tile)),
    el("span", { class: "tile__name" }, tile.name),
    el(
      "span",
      { class: "tile__foot" },
      el("span", { class: "tile__price" }, rupiah(tile.price_idr)),
      tile.sold > 0 ? el("span", { class: "tile__sold" }, String(tile.sold), el("span", { class: "hush" }, " terjual")) : null,
    ),
  );
}

function stockWords({ left, unit }) {
  if (left === null) return null;
  return el("span", { class: "tile__stock" }, left > 0 ? `sisa ${left} ${unit}`.trim() : "habis");
}

function otherTile(act) {
  return el("button", { class: "tile tile--other", type: "button", onclick: act.openOther }, sign("plus"), "Barang lain");
}

// --- What needs a person -------------------------------------------------------------------------

function drawProblems({ problems, state }, act) {
  $("problems").hidden = problems.length === 0;
  follow($("problem-rows"), problems, {
    key: (item) => item.entry.uuid,
    draw: (item) => problemRow(item, state, act),
  });
}

function problemRow(item, state, act) {
  const { entry } = item;
  const stored = state.entries.find((known) => known.uuid === entry.uuid);
  return el(
    "li",
    { class: "problem" },
    el("span", { class: "mark mark--fix" }, sign("away")),
    el("p", { class: "what" }, entryWords(item, state), el("span", { class: "meta" }, problemSentence(item, stored))),
    el(
      "p",
      { class: "problem__do" },
      el("button", { class: "btn btn--small", type: "button", "data-focus": "amend", onclick: () => act.amend(entry.uuid) }, amendWords(item)),
      el("button", { class: "btn btn--small btn--bare", type: "button", "data-focus": "drop", onclick: () => act.drop(entry.uuid) }, "Buang"),
    ),
  );
}

function amendWords({ entry, status }) {
  if (entry.kind === "void") return "Coba lagi";
  return status === "conflict" ? "Catat sebagai penjualan baru" : "Ubah dan kirim lagi";
}

export function entryWords({ entry }, state) {
  if (entry.kind === "sale") return `${entry.qty} × ${entry.product_code}${entry.buyer_alias ? `, ${entry.buyer_alias}` : ""}`;
  const sale = state.entries.find((known) => known.uuid === entry.void_of);
  return sale ? `Batal ${sale.qty} × ${sale.product_code}` : "Pembatalan";
}

function problemSentence({ entry, status, reason }, stored) {
  if (status === "conflict") {
    const first = stored?.kind === "sale" ? ` Yang tersimpan: ${stored.qty} × ${stored.product_code}.` : "";
    return `Bentrok: catatan ini sudah ada dengan isi lain.${first}`;
  }
  return `${reason || "Ditolak oleh pusat."} ${entry.kind === "sale" ? "Ubah isinya, atau buang." : "Coba lagi, atau buang."}`;
}

// --- The log -------------------------------------------------------------------------------------

function drawLog({ state, evening, target, book, problems, showAll, device }, clock, act) {
  const turn = target ?? evening.current;
  const isAll = showAll || turn === null;
  const rows = isAll ? book.rows : book.rows.filter((row) => row.position === turn.slot_position);
  const totals = isAll ? book.totals : book.turnTotals.get(turn.slot_position);
  $("log").hidden = target === null && rows.length === 0 && problems.length === 0;
  $("catat").classList.toggle("h-main--bare", $("log").hidden && $("sell").hidden);
  $("grid").classList.toggle("h-grid--calm", target === null && $("log").hidden); // nothing to write: the evening's plan takes the room
  setText($("log-title"), totals.itemCount === 0 ? "Belum ada penjualan" : `${totals.itemCount} terjual`);
  setText($("log-amount"), rupiah(totals.amount));
  setText($("night-amount"), rupiah(book.totals.amount));
  $("show-turn").setAttribute("aria-pressed", String(!isAll));
  $("show-turn").disabled = turn === null;
  $("show-all").setAttribute("aria-pressed", String(isAll));
  setText($("show-turn"), turn && turn !== evening.current ? "Giliran itu" : "Giliran ini");
  $("no-rows").hidden = rows.length > 0;
  setText($("no-rows"), target ? "Ketuk barang atau ketik kode. Catatan tampil di sini." : "Belum ada catatan.");
  $("log-key").hidden = rows.length === 0;
  const stalls = new Map(state.turns.map((known) => [known.slot_position, known.vendor?.business_name ?? "Waktu kosong"]));
  follow($("rows"), rows, {
    key: (row) => row.uuid,
    draw: (row) => drawRow(row, { clock, stall: isAll ? stalls.get(row.position) : null, device, act }),
    print: (row) => JSON.stringify([row, isAll && stalls.get(row.position)]),
    arrived: "is-new",
  });
}

function drawRow(row, { clock, stall, device, act }) {
  const words = `${row.quantity} × ${row.code}`;
  const meta = [clock(row.at), row.alias, row.payment === "qris" ? "" : PAYMENTS[row.payment], stall, row.device && row.device !== device ? "HP lain" : ""];
  if (row.isVoided) meta.push(row.voidReason);
  const flags = row.flags.map((flag) => FLAGS[flag]).filter(Boolean); // the others concern nobody at this desk
  return el(
    "li",
    { class: row.isVoided ? "void" : "" },
    markOf(row),
    el(
      "div",
      { class: "what" },
      el("span", { class: "what__sale" }, words, row.name && row.name !== row.code ? el("span", { class: "what__name" }, ` ${row.name}`) : null),
      el("span", { class: "meta num" }, meta.filter(Boolean).join(", ")),
      row.isLate ? el("span", { class: "badge badge--replaced" }, sign("wait"), "susulan") : null,
      flags.length > 0 ? el("span", { class: "meta meta--check" }, `Perlu dicek: ${flags.join(", ")}`) : null,
    ),
    el("span", { class: "sum" }, el("span", { class: "rp" }, rupiah(row.amount))),
    row.isVoided
      ? el("span")
      : el(
          "button",
          { class: "btn btn--bare", type: "button", "data-focus": "void", "aria-label": `Batalkan ${words}${row.alias ? ` untuk ${row.alias}` : ""}`, onclick: () => act.openVoid(row.uuid) },
          sign("x"),
        ),
  );
}

function markOf(row) {
  const isSent = row.mark === "sent";
  const name = row.isVoided ? "away" : isSent ? "check2" : "check";
  const label = row.isVoided ? (isSent ? "Dibatalkan" : "Dibatalkan, belum terkirim") : isSent ? "Terkirim" : "Tersimpan di HP";
  return el("span", { class: isSent && !row.isVoided ? "mark" : "mark mark--device", role: "img", "aria-label": label }, sign(name));
}

// --- The evening ---------------------------------------------------------------------------------

function drawRundown({ state, at, evening, aim, book }, clock, act) {
  $("rundown").hidden = state.turns.length === 0;
  const turns = state.turns.map((turn) => ({
    turn,
    place: turn === evening.current ? "now" : Date.parse(turn.starts_at) <= at ? "past" : "ahead",
    totals: book.turnTotals.get(turn.slot_position),
    isAimed: aim === turn.slot_position,
  }));
  follow($("turns"), turns, {
    key: ({ turn }) => turn.slot_position,
    draw: (line) => turnLine(line, clock, act),
    print: ({ turn, place, totals, isAimed }) => JSON.stringify([turn.starts_at, turn.vendor, turn.answer, turn.is_closed, turn.products, place, totals, isAimed]),
  });
}

function turnLine({ turn, place, totals, isAimed }, clock, act) {
  const name = turn.vendor?.business_name ?? "Waktu kosong";
  return el(
    "li",
    { class: `turn turn--${place}`, "aria-current": place === "now" ? "true" : null },
    el("time", { class: "turn__time", datetime: turn.starts_at }, clock(turn.starts_at)),
    el(
      "div",
      { class: "turn__words" },
      el("span", { class: "turn__name" }, name),
      el("span", { class: "turn__who" }, turnState(turn, place)),
      turn.products.length > 0 ? el("ul", { class: "turn__goods" }, ...turn.products.map(goodsLine)) : null,
    ),
    place === "ahead" ? (turn.vendor ? badge(turn.answer) : null) : el("span", { class: "rp turn__sum" }, rupiah(totals.amount)),
    place === "past" && !isAimed
      ? el("button", { class: "btn btn--small btn--bare turn__late", type: "button", "data-focus": "late", "aria-label": `Catat susulan untuk ${name}, ${clock(turn.starts_at)}`, onclick: () => act.aimAt(turn.slot_position) }, "Catat susulan")
      : null,
  );
}

function goodsLine(product) {
  return el("li", {}, el("b", {}, product.code), ` ${product.name}, `, el("span", { class: "rp" }, rupiah(product.price_idr)));
}

function turnState(turn, place) {
  if (place === "now") return "Sekarang";
  if (place === "past") return turn.is_closed ? "Ditutup" : "Selesai";
  return turn.vendor?.owner_name ?? "";
}

function drawLinks({ zoom_url: zoom, youtube_url: youtube }) {
  const links = [
    [zoom, "Buka Zoom", "cam"],
    [youtube, "Buka YouTube", "play"],
  ].filter(([href]) => /^https:\/\//.test(href));
  follow($("stream-links"), links, {
    key: ([href]) => href,
    draw: ([href, text, name]) => el("a", { class: "btn btn--small", href, target: "_blank", rel: "noopener" }, sign(name), text),
  });
  $("stream-links").hidden = links.length === 0;
}
