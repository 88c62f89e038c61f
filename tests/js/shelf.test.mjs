// Where unsent entries lie: they outlast a reload, two tabs share them, and a storage that refuses is admitted.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openDevice, openShelf } from "../../bazaar/static/js/host/shelf.js";

// localStorage with a memory; `isFull` makes it refuse.
function makeStorage() {
  const kept = new Map();
  return {
    kept,
    isFull: false,
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => kept.delete(key),
    setItem(key, value) {
      if (this.isFull) throw new Error("QuotaExceededError");
      kept.set(key, value);
    },
  };
}

const item = (uuid, seq) => ({ entry: { uuid, seq }, name: "Tape", status: "unsent", reason: "" });

test("entries come back in the order in which they were written", async () => {
  const storage = makeStorage();
  const shelf = openShelf(storage, 7);
  await shelf.put(item("b", 2));
  await shelf.put(item("a", 1));

  const again = await openShelf(storage, 7).all();

  assert.deepEqual(again, [item("a", 1), item("b", 2)]);
  assert.equal(shelf.isBroken(), false);
});

test("each live session has its own entries, and knows its own keys", async () => {
  const storage = makeStorage();
  await openShelf(storage, 7).put(item("a", 1));

  const other = openShelf(storage, 71);

  assert.deepEqual(await other.all(), []);
  assert.equal(openShelf(storage, 7).holds([...storage.kept.keys()][0]), true);
  assert.equal(other.holds([...storage.kept.keys()][0]), false);
});

test("one damaged entry hides no other and is not thrown away", async () => {
  const storage = makeStorage();
  const shelf = openShelf(storage, 7);
  await shelf.put(item("a", 1));
  storage.kept.set("giliran:unsent:7:damaged", "{not json");

  assert.deepEqual(await shelf.all(), [item("a", 1)]);
  assert.equal(storage.kept.size, 2);
});

test("a full storage is admitted instead of failing the sale", async () => {
  const storage = makeStorage();
  const shelf = openShelf(storage, 7);
  storage.isFull = true;

  await shelf.put(item("a", 1));

  assert.equal(shelf.isBroken(), true);
});

test("a phone keeps its name and counts its entries over reloads and tabs", () => {
  const storage = makeStorage();
  const device = openDevice(storage, () => "1234abcd");
  const tab = openDevice(storage, () => "other");

  assert.deepEqual([device.name, tab.name], ["hp-1234abcd", "hp-1234abcd"]);
  assert.deepEqual([device.nextSeq(), tab.nextSeq(), device.nextSeq()], [1, 2, 3]);
});

test("a phone that forbids storage still gets a name and numbers", () => {
  const device = openDevice({}, () => "1234abcd");

  assert.deepEqual([device.name, device.nextSeq(), device.nextSeq()], ["hp-1234abcd", 1, 2]);
});
