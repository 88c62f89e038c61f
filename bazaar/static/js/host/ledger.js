// What the console knows and how it counts: quick codes, entries, turns, totals. Pure: no page, no clock, no network.

export const PAYMENTS = { qris: "QRIS", transfer: "Transfer", ewallet: "Dompet digital", other: "Lainnya" };
export const UNDO_REASON = "urung";
export const LARGEST_QUANTITY = 999;
export const LONGEST_ALIAS = 60;
export const LONGEST_CODE = 12;

const CODE = "[a-z]{1,3} ?[-.]?\\d+|\\d+|[a-z][a-z0-9.-]*";
const LETTERED = "[a-z]{1,3} ?[-.]?\\d+|[a-z][a-z0-9.-]*";
const ALIAS = "(?: +(?<alias>.*))?";

// The ways people write a claim, in the order in which they are tried.
const READINGS = [
  `(?<code>${CODE}) ?x ?(?<quantity>\\d+)${ALIAS}`, // K03 x2 Mbak Laras, k3x2, 3 x2
  `(?<quantity>\\d+) ?x? ?(?<code>${LETTERED})${ALIAS}`, // 2 k03, 2xK03
  `(?<code>${CODE}) +(?<quantity>\\d+)${ALIAS}`, // K03 2 Laras
  `(?<code>${CODE}) +(?<alias>.*?) +x ?(?<quantity>\\d+)`, // K03 Laras x2
  `(?<code>${CODE})${ALIAS}`, // K03 Laras
].map((reading) => new RegExp(`^(?:${reading})$`, "i"));

// What looks like a number of pieces and is none: `x-1`, `x1.5`, `x3` after another number, an x that opens the name and says nothing.
const NO_COUNT = /(?:^|\s)x ?[^\p{L}\s]|^x(?:\s|$)/iu;
const BARE_FIGURE = /^[-+]?\d/; // where no number was read: `-1`, `1.5 Laras`, `2kotak`

// The same code however it is typed: k3, K-03 and K03 are one.
export function codeKey(code) {
  const plain = code.toUpperCase().replace(/[\s.-]/g, "");
  return plain.replace(/0*(\d+)$/, "$1");
}

// A product of the turn by a typed code; bare digits count where they mean one product only.
export function productOf(products, typed) {
  const key = codeKey(typed);
  const exact = products.find((product) => codeKey(product.code) === key);
  if (exact || !/^\d+$/.test(key)) return exact;
  const sameNumber = withNumber(products, key);
  return sameNumber.length === 1 ? sameNumber[0] : undefined;
}

function withNumber(products, key) {
  return products.filter((product) => codeKey(product.code).replace(/^[A-Z]+/, "") === key);
}

// Reads `K03 x2 Mbak Laras`. Gives {product, quantity, alias}, or {fault: "empty"|"unreadable"|"unknown"|"quantity", code}.
export function parseQuickCode(text, products) {
  const line = text.replace(/[×✕*]/g, "x").replace(/(x ?\d+),(?=\d)/gi, "$1.").replace(/[,;:]/g, " ").replace(/\s+/g, " ").trim();
  if (line === "") return { fault: "empty" };
  const readings = READINGS.map((reading) => reading.exec(line)?.groups).filter(Boolean);
  if (readings.length === 0) return { fault: "unreadable" };
  const known = readings.find((groups) => productOf(products, groups.code));
  if (!known) return { fault: "unknown", code: readings[0].code.toUpperCase() };
  const product = productOf(products, known.code);
  const alias = (known.alias ?? "").trim();
  const quantity = Number(known.quantity ?? 1);
  const isUnclear = NO_COUNT.test(alias) || (known.quantity === undefined && BARE_FIGURE.test(alias));
  if (isUnclear || quantity < 1 || quantity > LARGEST_QUANTITY) return { fault: "quantity", code: product.code };
  return { product, quantity, alias: alias.slice(0, LONGEST_ALIAS) };
}

// --- Entries -------------------------------------------------------------------------------------

export function newUuid(crypto = globalThis.crypto) {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain http and on old phones
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// A sale as it goes to the server. `stamp` is what the device adds: {uuid, recorded_at, device, seq}.
export function saleEntry({ position, code, quantity, price, alias = "", payment = "qris" }, stamp) {
  return {
    ...stamp,
    kind: "sale",
    slot_position: position,
    product_code: code,
    qty: quantity,
    unit_price_idr: price,
    buyer_alias: alias,
    payment_method: payment,
  };
}

// A row that cancels the sale with that UUID.
export function voidEntry({ saleUuid, reason }, stamp) {
  return { ...stamp, kind: "void", void_of: saleUuid, reason };
}

// --- Turns ---------------------------------------------------------------------------------------

// Where the evening stands at an instant (milliseconds): phase `empty`, `waiting`, `on-air`, `pause`, `over` or `withdrawn`, and the
// turns around it. A withdrawn evening has no turn now or next, but what has begun can still be written down.
export function eveningAt(turns, at, isWithdrawn = false) {
  const begun = turns.filter((turn) => Date.parse(turn.starts_at) <= at);
  if (isWithdrawn) return { phase: "withdrawn", current: null, next: null, previous: newestStall(begun) };
  const ahead = turns.filter((turn) => Date.parse(turn.starts_at) > at);
  const current = begun.find((turn) => Date.parse(turn.ends_at) > at) ?? null;
  const past = begun.filter((turn) => turn !== current);
  return { phase: phaseOf(turns, current, past, ahead), current, next: ahead[0] ?? null, previous: newestStall(past) };
}

// Whose claims may still come in: the last turn that a vendor had.
function newestStall(turns) {
  return turns.findLast((turn) => turn.vendor) ?? turns.at(-1) ?? null;
}

// Whether a console that writes for another turn goes back by itself: one more turn has begun since, and the grace of the other is over.
export function isAimOver(target, aimedDuring, current, at) {
  const hasTurned = current !== null && current.slot_position !== aimedDuring;
  return hasTurned && at > Date.parse(target.accepts_until);
}

function phaseOf(turns, current, past, ahead) {
  if (turns.length === 0) return "empty";
  if (current) return "on-air";
  if (past.length === 0) return "waiting";
  return ahead.length === 0 ? "over" : "pause";
}

// `8:41`, or with hours `1:05:09`: a dot would read as a decimal.
export function countdownText(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const pair = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${pair(minutes)}:${pair(seconds % 60)}` : `${minutes}:${pair(seconds % 60)}`;
}

// The same for those who listen: `8 menit 41 detik`.
export function countdownWords(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 3600), "jam"],
    [Math.floor(seconds / 60) % 60, "menit"],
    [seconds % 60, "detik"],
  ];
  return parts.filter(([number]) => number > 0).map(([number, unit]) => `${number} ${unit}`).join(" ") || "0 detik";
}

// --- The book: what the server has, and what only this device has so far -------------------------

// Rows newest first, totals per turn and for the evening, pieces sold on top of the server's count by `position/code`.
// `items` are the outbox's: {entry, name, status: "unsent"|"stored"|"late"|"conflict"|"rejected"}.
export function openBook(state, items) {
  const known = new Map(state.entries.map((entry) => [entry.uuid, entry]));
  const local = items.filter((item) => !known.has(item.entry.uuid) && ["unsent", "stored", "late"].includes(item.status));
  const voids = new Map(local.filter((item) => item.entry.kind === "void").map((item) => [item.entry.void_of, item]));
  const localRows = local.filter((item) => item.entry.kind === "sale").map((item) => localRow(item, voids.get(item.entry.uuid)));
  const serverRows = state.entries.filter((entry) => entry.kind === "sale").map((entry) => serverRow(entry, voids.get(entry.uuid)));
  const extra = [
    ...localRows.filter((row) => !row.isVoided).map((row) => ({ row, sign: 1 })),
    ...serverRows.filter((row) => row.isVoidedHere).map((row) => ({ row, sign: -1 })),
  ];
  return {
    rows: [...localRows.reverse(), ...serverRows],
    turnTotals: new Map(state.turns.map((turn) => [turn.slot_position, addUp(turn, extra.filter(({ row }) => row.position === turn.slot_position))])),
    totals: addUp(state.totals, extra),
    soldExtra: soldExtra(extra),
  };
}

function addUp(totals, extra) {
  return {
    saleCount: extra.reduce((sum, { sign }) => sum + sign, totals.sale_count),
    itemCount: extra.reduce((sum, { row, sign }) => sum + sign * row.quantity, totals.item_count),
    amount: extra.reduce((sum, { row, sign }) => sum + sign * row.amount, totals.amount_idr),
  };
}

function soldExtra(extra) {
  const sold = new Map();
  for (const { row, sign } of extra) {
    const key = `${row.position}/${codeKey(row.code)}`;
    sold.set(key, (sold.get(key) ?? 0) + sign * row.quantity);
  }
  return sold;
}

// What remains of a product's stock once this device's unsent sales count too; null where nobody counts.
export function leftOf(product, turn, book) {
  if (product.stock === null) return null;
  return product.stock - (book.soldExtra.get(`${turn.slot_position}/${codeKey(product.code)}`) ?? 0);
}

function localRow({ entry, name, status }, voiding) {
  return {
    uuid: entry.uuid,
    code: entry.product_code,
    name: name ?? "",
    quantity: entry.qty,
    price: entry.unit_price_idr,
    amount: entry.qty * entry.unit_price_idr,
    alias: entry.buyer_alias,
    payment: entry.payment_method,
    position: entry.slot_position,
    at: entry.recorded_at,
    device: entry.device,
    mark: status === "unsent" ? "unsent" : "sent",
    isLate: status === "late",
    isVoided: Boolean(voiding),
    isVoidedHere: Boolean(voiding),
    voidReason: voiding?.entry.reason ?? "",
    flags: [],
  };
}

function serverRow(entry, voiding) {
  return {
    uuid: entry.uuid,
    code: entry.product_code,
    name: entry.product_name,
    quantity: entry.qty,
    price: entry.unit_price_idr,
    amount: entry.amount_idr,
    alias: entry.buyer_alias,
    payment: entry.payment_method,
    position: entry.slot_position,
    at: entry.received_at,
    device: entry.device,
    mark: voiding?.status === "unsent" ? "unsent" : "sent",
    isLate: entry.verdict === "late",
    isVoided: entry.is_voided || Boolean(voiding),
    isVoidedHere: !entry.is_voided && Boolean(voiding),
    voidReason: voiding?.entry.reason ?? entry.void_reason ?? "",
    flags: entry.flags ?? [],
  };
}

// --- Words ---------------------------------------------------------------------------------------

export function rupiah(amount) {
  return `Rp${String(amount).replace(/\B(?=(\d{3})+$)/g, ".")}`;
}

// `15.000` as typed, with or without dots and Rp; NaN when it is no whole amount.
export function readRupiah(text) {
  const digits = text.replace(/^\s*rp/i, "").replace(/[\s.]/g, "");
  return /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
}

// Clock times of the edition's zone, whatever zone the phone is set to: `20.15`.
export function clockOf(timezone) {
  const format = new Intl.DateTimeFormat("id-ID", { timeZone: timezone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (instant) => format.format(typeof instant === "string" ? Date.parse(instant) : instant).replace(":", ".");
}

// The code that an example shows: one of the turn's own.
export function exampleCode(products) {
  return products[0]?.code ?? "K03";
}

// The sentence for a quick code that could not be read.
export function faultSentence(parsed, turn, turns) {
  const stall = turn.vendor?.business_name ?? "giliran ini";
  if (parsed.fault === "empty") return `Ketik kode dulu. Contoh: ${exampleCode(turn.products)} x2 Mbak Laras.`;
  if (parsed.fault === "quantity") return `Jumlah ${parsed.code} harus angka bulat 1 sampai ${LARGEST_QUANTITY}. Contoh: ${parsed.code} x2.`;
  if (parsed.fault === "unreadable") return `Kode belum terbaca. Contoh: ${exampleCode(turn.products)} x2 Mbak Laras.`;
  const alike = withNumber(turn.products, codeKey(parsed.code));
  if (alike.length > 1) return `Nomor ${parsed.code} ada di ${alike.map((product) => product.code).join(" dan ")}. Tulis dengan hurufnya.`;
  const owner = turns.find((other) => other !== turn && other.vendor && productOf(other.products, parsed.code));
  if (owner) return `${parsed.code} barang ${owner.vendor.business_name}, bukan ${stall}.`;
  const codes = turn.products.map((product) => product.code);
  const listed = codes.length > 0 && codes.length <= 6 ? ` Yang ada: ${codes.join(", ")}.` : " Lihat kode di kotak barang.";
  return `${parsed.code} tidak ada di ${stall}.${codes.length > 0 ? listed : " Pakai Barang lain."}`;
}
