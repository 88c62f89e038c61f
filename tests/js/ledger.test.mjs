// What the console knows and counts: quick codes, turns, the book of sent and unsent entries, rupiah.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as ledger from "../../bazaar/static/js/host/ledger.js";

const PRODUCTS = [
  { code: "K03", name: "Tape bakar", price_idr: 18_000, unit: "kotak", stock: 4, sold: 0 },
  { code: "K13", name: "Suwar-suwir", price_idr: 15_000, unit: "kg", stock: null, sold: 2 },
  { code: "B3", name: "Batik", price_idr: 250_000, unit: "lembar", stock: 1, sold: 0 },
];

function read(text, products = PRODUCTS) {
  const { product, quantity, alias, fault, code } = ledger.parseQuickCode(text, products);
  return fault ? { fault, code } : { code: product.code, quantity, alias };
}

// --- Quick codes ---------------------------------------------------------------------------------

for (const [text, code, quantity, alias] of [
  ["K03 x2 Mbak Laras", "K03", 2, "Mbak Laras"],
  ["K03", "K03", 1, ""],
  ["k3x2", "K03", 2, ""],
  ["k-03 × 2 laras", "K03", 2, "laras"],
  ["K03*2, Laras", "K03", 2, "Laras"],
  ["2 k03", "K03", 2, ""],
  ["2xK03 Bu Tasmi", "K03", 2, "Bu Tasmi"],
  ["K03 2 Laras", "K03", 2, "Laras"],
  ["K03 Laras x2", "K03", 2, "Laras"],
  ["  k 13   Pak  Heru ", "K13", 1, "Pak Heru"],
  ["13 x4", "K13", 4, ""],
  ["K03 x999", "K03", 999, ""],
  ["K03 x2 Mbak Laras 2", "K03", 2, "Mbak Laras 2"],
  ["K03 x2 0812 3456", "K03", 2, "0812 3456"],
  ["K03 Xena", "K03", 1, "Xena"],
  ["K03 Bu Maxi", "K03", 1, "Bu Maxi"],
  ["K03 Malik X", "K03", 1, "Malik X"],
  ["K03,2,Laras", "K03", 2, "Laras"],
]) {
  test(`"${text}" is ${quantity} × ${code}`, () => {
    assert.deepEqual(read(text), { code, quantity, alias });
  });
}

for (const [text, fault, code] of [
  ["", "empty", undefined],
  ["   ", "empty", undefined],
  ["???", "unreadable", undefined],
  ["Q77 x2 Laras", "unknown", "Q77"],
  ["2 Q77", "unknown", "Q77"],
  ["K03 x0", "quantity", "K03"],
  ["K03 x-1", "quantity", "K03"],
  ["K03 x -1 Laras", "quantity", "K03"],
  ["K03 x1.5", "quantity", "K03"],
  ["K03 x2,5 Laras", "quantity", "K03"],
  ["K03 x1000000", "quantity", "K03"],
  ["K03 x2 x3", "quantity", "K03"],
  ["K03 Laras x-1", "quantity", "K03"],
  ["K03 Laras x0", "quantity", "K03"],
  ["K03 x", "quantity", "K03"],
  ["K03 x Laras", "quantity", "K03"],
  ["K03 -1", "quantity", "K03"],
  ["K03 1.5 Laras", "quantity", "K03"],
  ["K03 2kotak", "quantity", "K03"],
  ["K03 x1000", "quantity", "K03"],
  ["3 x2", "unknown", "3"], // K03 and B3: the digits alone do not say which
]) {
  test(`"${text}" is refused as ${fault}`, () => {
    assert.deepEqual(read(text), { fault, code });
  });
}

test("a very long alias is cut, so that the server need not cut it", () => {
  assert.equal(read(`K03 x1 ${"a".repeat(200)}`).alias.length, ledger.LONGEST_ALIAS);
});

test("a refused code is explained by what the turn does have", () => {
  const turn = { vendor: { business_name: "Dapur Tape" }, products: PRODUCTS };
  const other = { vendor: { business_name: "Kopi Ledok" }, products: [{ code: "Q77" }] };

  const sentence = (text, turns = [turn]) => ledger.faultSentence(ledger.parseQuickCode(text, PRODUCTS), turn, turns);

  assert.equal(sentence(""), "Ketik kode dulu. Contoh: K03 x2 Mbak Laras.");
  assert.equal(sentence("???"), "Kode belum terbaca. Contoh: K03 x2 Mbak Laras.");
  assert.equal(sentence("Q77"), "Q77 tidak ada di Dapur Tape. Yang ada: K03, K13, B3.");
  assert.equal(sentence("Q77", [turn, other]), "Q77 barang Kopi Ledok, bukan Dapur Tape.");
  assert.equal(sentence("3 x2"), "Nomor 3 ada di K03 dan B3. Tulis dengan hurufnya.");
  assert.equal(sentence("K03 x0"), "Jumlah K03 harus angka bulat 1 sampai 999. Contoh: K03 x2.");
});

test("an example is the turn's own", () => {
  const turn = { vendor: null, products: [{ code: "K188" }] };

  assert.equal(ledger.faultSentence({ fault: "empty" }, turn, [turn]), "Ketik kode dulu. Contoh: K188 x2 Mbak Laras.");
  assert.equal(ledger.faultSentence({ fault: "unreadable" }, turn, [turn]), "Kode belum terbaca. Contoh: K188 x2 Mbak Laras.");
});

test("writing for another turn ends by itself once a further turn runs and the grace is over", () => {
  const target = { slot_position: 1, accepts_until: "2026-05-05T13:17:00Z" };
  const at = (clock) => Date.parse(`2026-05-05T${clock}Z`);

  assert.equal(ledger.isAimOver(target, 2, { slot_position: 2 }, at("13:25:00")), false);
  assert.equal(ledger.isAimOver(target, 2, { slot_position: 3 }, at("13:30:01")), true);
  assert.equal(ledger.isAimOver(target, 2, { slot_position: 3 }, at("13:16:00")), false);
  assert.equal(ledger.isAimOver(target, 2, null, at("15:00:00")), false);
});

// --- Entries -------------------------------------------------------------------------------------

test("a UUID is version 4 also where the browser has no randomUUID", () => {
  const poor = { getRandomValues: (bytes) => bytes.fill(255) };

  assert.equal(ledger.newUuid(poor), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  assert.match(ledger.newUuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a sale and a void carry the fields of the contract", () => {
  const stamp = { uuid: "u1", recorded_at: "2026-05-05T13:00:00Z", device: "hp-1", seq: 7 };

  assert.deepEqual(ledger.saleEntry({ position: 2, code: "K03", quantity: 2, price: 18_000, alias: "Laras" }, stamp), {
    ...stamp,
    kind: "sale",
    slot_position: 2,
    product_code: "K03",
    qty: 2,
    unit_price_idr: 18_000,
    buyer_alias: "Laras",
    payment_method: "qris",
  });
  assert.deepEqual(ledger.voidEntry({ saleUuid: "u0", reason: "salah ketik" }, stamp), { ...stamp, kind: "void", void_of: "u0", reason: "salah ketik" });
});

// --- Turns ---------------------------------------------------------------------------------------

const at = (text) => Date.parse(`2026-05-05T${text}:00Z`);
const TURNS = [
  { slot_position: 1, starts_at: "2026-05-05T13:00:00Z", ends_at: "2026-05-05T13:15:00Z" },
  { slot_position: 2, starts_at: "2026-05-05T13:15:00Z", ends_at: "2026-05-05T13:30:00Z" },
  { slot_position: 3, starts_at: "2026-05-05T13:45:00Z", ends_at: "2026-05-05T14:00:00Z" },
];

for (const [time, phase, current, next, previous] of [
  ["12:59", "waiting", null, 1, null],
  ["13:00", "on-air", 1, 2, null],
  ["13:15", "on-air", 2, 3, 1], // the end of one turn belongs to the next
  ["13:40", "pause", null, 3, 2],
  ["13:59", "on-air", 3, null, 2],
  ["14:00", "over", null, null, 3],
]) {
  test(`at ${time} the evening is ${phase}`, () => {
    const evening = ledger.eveningAt(TURNS, at(time));

    const position = (turn) => turn?.slot_position ?? null;
    assert.deepEqual([evening.phase, position(evening.current), position(evening.next), position(evening.previous)], [phase, current, next, previous]);
  });
}

test("an evening without slots is empty, a withdrawn one has no turn now", () => {
  assert.equal(ledger.eveningAt([], at("13:00")).phase, "empty");
  assert.deepEqual(ledger.eveningAt(TURNS, at("13:20"), true), { phase: "withdrawn", current: null, next: null, previous: TURNS[1] });
});

test("the turn before is the last one that a vendor had", () => {
  const vendor = { business_name: "Dapur Tape" };
  const turns = [{ ...TURNS[0], vendor }, { ...TURNS[1], vendor: null }, { ...TURNS[2], vendor }];

  assert.equal(ledger.eveningAt(turns, at("13:50")).previous, turns[0]);
});

test("the time left is read and heard", () => {
  assert.deepEqual([521_000, 60_000, 1, 0, -5, 3_909_000].map(ledger.countdownText), ["8:41", "1:00", "0:01", "0:00", "0:00", "1:05:09"]);
  assert.deepEqual([521_000, 60_000, 0, 3_600_000].map(ledger.countdownWords), ["8 menit 41 detik", "1 menit", "0 detik", "1 jam"]);
});

test("clock times are those of the edition's zone, whatever zone the phone is set to", () => {
  assert.equal(ledger.clockOf("Asia/Jakarta")("2026-05-05T13:15:00Z"), "20.15");
  assert.equal(ledger.clockOf("Asia/Jayapura")(at("13:15")), "22.15");
});

// --- The book ------------------------------------------------------------------------------------

const onServer = (uuid, fields = {}) => ({
  uuid,
  kind: "sale",
  slot_position: 1,
  product_code: "K03",
  product_name: "Tape bakar",
  qty: 1,
  unit_price_idr: 18_000,
  amount_idr: 18_000,
  buyer_alias: "",
  payment_method: "qris",
  received_at: "2026-05-05T13:01:00Z",
  device: "hp-2",
  verdict: "stored",
  is_voided: false,
  void_reason: "",
  flags: [],
  ...fields,
});

function stateWith(entries, amount) {
  const totals = { sale_count: entries.length, item_count: entries.length, amount_idr: amount };
  return { entries, totals, turns: [{ slot_position: 1, ...totals }, { slot_position: 2, sale_count: 0, item_count: 0, amount_idr: 0 }] };
}

const sale = (uuid, fields = {}) => ({ uuid, kind: "sale", slot_position: 1, product_code: "K03", qty: 2, unit_price_idr: 18_000, buyer_alias: "", payment_method: "qris", ...fields });
const item = (entry, status = "unsent") => ({ entry, name: "Tape bakar", status, reason: "" });

test("unsent sales count at once, on top of what the server has", () => {
  const book = ledger.openBook(stateWith([onServer("s1")], 18_000), [item(sale("a")), item(sale("b", { slot_position: 2, qty: 1 }))]);

  assert.deepEqual(book.rows.map(({ uuid, mark }) => [uuid, mark]), [["b", "unsent"], ["a", "unsent"], ["s1", "sent"]]);
  assert.deepEqual(book.totals, { saleCount: 3, itemCount: 4, amount: 72_000 });
  assert.deepEqual(book.turnTotals.get(1), { saleCount: 2, itemCount: 3, amount: 54_000 });
  assert.deepEqual(book.turnTotals.get(2), { saleCount: 1, itemCount: 1, amount: 18_000 });
});

test("a sale that the server shows is not counted a second time from the outbox", () => {
  const book = ledger.openBook(stateWith([onServer("s1")], 18_000), [item(sale("s1"), "stored")]);

  assert.deepEqual(book.totals, { saleCount: 1, itemCount: 1, amount: 18_000 });
  assert.equal(book.rows.length, 1);
});

test("an unsent void takes a stored sale back at once", () => {
  const book = ledger.openBook(stateWith([onServer("s1")], 18_000), [item({ uuid: "v", kind: "void", void_of: "s1", reason: "urung" })]);

  assert.deepEqual(book.totals, { saleCount: 0, itemCount: 0, amount: 0 });
  assert.deepEqual([book.rows[0].isVoided, book.rows[0].voidReason, book.rows[0].mark], [true, "urung", "unsent"]);
});

test("an unsent void of an unsent sale leaves nothing counted", () => {
  const items = [item(sale("a")), item({ uuid: "v", kind: "void", void_of: "a", reason: "urung" })];

  const book = ledger.openBook(stateWith([], 0), items);

  assert.deepEqual([book.totals.amount, book.soldExtra.size, book.rows[0].isVoided], [0, 0, true]);
});

test("conflicts and rejections wait apart and count nothing", () => {
  const book = ledger.openBook(stateWith([], 0), [item(sale("a"), "conflict"), item(sale("b"), "rejected")]);

  assert.deepEqual([book.rows, book.totals.amount], [[], 0]);
});

test("what is left of a product shrinks with unsent sales; uncounted stock stays uncounted", () => {
  const turn = { slot_position: 1 };
  const book = ledger.openBook(stateWith([], 0), [item(sale("a", { product_code: "k3" }))]);

  assert.equal(ledger.leftOf(PRODUCTS[0], turn, book), 2);
  assert.equal(ledger.leftOf(PRODUCTS[0], { slot_position: 2 }, book), 4);
  assert.equal(ledger.leftOf(PRODUCTS[1], turn, book), null);
});

// --- Rupiah --------------------------------------------------------------------------------------

test("rupiah are whole, with dots", () => {
  assert.deepEqual([0, 999, 1_000, 1_250_000].map(ledger.rupiah), ["Rp0", "Rp999", "Rp1.000", "Rp1.250.000"]);
});

test("a typed price is read with or without dots and Rp, and nothing else", () => {
  assert.deepEqual(["15000", "15.000", " Rp 15.000 ", "rp1.250.000"].map(ledger.readRupiah), [15_000, 15_000, 15_000, 1_250_000]);
  for (const text of ["", "15,5", "-3", "15rb", "1e5"]) assert.ok(Number.isNaN(ledger.readRupiah(text)), text);
});
