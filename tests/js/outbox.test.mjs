// How entries get to the server: batches, retries, verdicts, and that nothing is forgotten before the server has it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LARGEST_BATCH, makeOutbox, makePost } from "../../bazaar/static/js/host/outbox.js";

const entry = (uuid, fields = {}) => ({ uuid, kind: "sale", seq: 1, ...fields });
const stored = (entries) => ({ kind: "verdicts", verdicts: entries.map(({ uuid }) => ({ uuid, verdict: "stored" })) });

// A shelf with a memory.
function makeShelf(items = []) {
  const kept = new Map(items.map((item) => [item.entry.uuid, item]));
  return { kept, all: async () => [...kept.values()], put: async (item) => kept.set(item.entry.uuid, { ...item }), remove: async (uuid) => kept.delete(uuid) };
}

// An outbox whose server answers with `answers` in turn (the last for ever after), and whose timer only remembers.
function makeBox({ answers = [stored], items = [] } = {}) {
  const shelf = makeShelf(items);
  const sent = [];
  const waits = [];
  const outbox = makeOutbox({
    shelf,
    post: async (entries) => {
      sent.push(entries.map(({ uuid }) => uuid));
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return typeof answer === "function" ? answer(entries) : answer;
    },
    onChange: () => {},
    schedule: (action, pause) => waits.push({ action, pause }),
    random: () => 0.5,
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
  return { outbox, shelf, sent, waits, settled };
}

const statuses = (outbox) => outbox.items().map((item) => [item.entry.uuid, item.status]);

test("an entry is on the shelf before it is sent, and off it once stored", async () => {
  const onShelf = [];
  const box = makeBox({ answers: [(entries) => { onShelf.push([...box.shelf.kept.keys()]); return stored(entries); }] });

  await box.outbox.add(entry("a"), "Tape");
  await box.settled();

  assert.deepEqual(onShelf, [["a"]]);
  assert.equal(box.shelf.kept.size, 0);
  assert.deepEqual(statuses(box.outbox), [["a", "stored"]]);
});

test("without a network everything waits, visibly, and goes out later in order", async () => {
  const { outbox, shelf, sent, waits, settled } = makeBox({ answers: [{ kind: "again", trouble: "offline" }, { kind: "again", trouble: "offline" }, stored] });

  await outbox.add(entry("a"));
  await settled();
  await outbox.add(entry("b"));
  await settled();
  assert.deepEqual([outbox.unsentCount(), outbox.trouble(), shelf.kept.size], [2, "offline", 2]);
  waits[0].action();
  await settled();

  assert.deepEqual(sent, [["a"], ["a", "b"], ["a", "b"]]);
  assert.deepEqual([outbox.unsentCount(), outbox.trouble(), shelf.kept.size], [0, null, 0]);
  assert.equal(waits.length, 1);
});

test("pauses between tries grow to fifteen seconds, or to what the server asks for", async () => {
  const { outbox, waits, settled } = makeBox({ answers: [{ kind: "again", trouble: "server" }] });

  await outbox.add(entry("a"));
  for (let round = 0; round < 6; round += 1) {
    await settled();
    waits.at(-1).action();
  }
  await settled();

  assert.deepEqual(waits.slice(0, 6).map(({ pause }) => pause), [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assert.equal(outbox.trouble(), "server");

  const patient = makeBox({ answers: [{ kind: "again", trouble: "server", after: 30_000 }] });
  await patient.outbox.add(entry("a"));
  await patient.settled();
  assert.equal(patient.waits[0].pause, 30_000);
});

test("a duplicate counts as what the first one was", async () => {
  const { outbox, shelf, settled } = makeBox({
    answers: [{ kind: "verdicts", verdicts: [{ uuid: "a", verdict: "duplicate", first: "late" }, { uuid: "b", verdict: "duplicate", first: "stored" }] }],
    items: [{ entry: entry("a"), status: "unsent" }, { entry: entry("b", { seq: 2 }), status: "unsent" }],
  });

  await outbox.load();
  await settled();

  assert.deepEqual(statuses(outbox), [["a", "late"], ["b", "stored"]]);
  assert.equal(shelf.kept.size, 0);
});

test("a conflict and a rejection stay on the shelf with their sentence until a person decides", async () => {
  const { outbox, shelf, settled } = makeBox({
    answers: [{ kind: "verdicts", verdicts: [{ uuid: "a", verdict: "conflict", reason: "other_payload", message: "Sudah dipakai." }, { uuid: "b", verdict: "rejected", reason: "qty_out_of_range" }] }],
    items: [{ entry: entry("a"), status: "unsent" }, { entry: entry("b"), status: "unsent" }],
  });

  await outbox.load();
  await settled();

  assert.deepEqual(outbox.problems().map(({ reason }) => reason), ["Sudah dipakai.", "qty_out_of_range"]);
  assert.deepEqual([...shelf.kept.values()].map(({ status }) => status), ["conflict", "rejected"]);
  await outbox.discard("a");
  assert.deepEqual([...shelf.kept.keys()], ["b"]);
});

test("one entry that the server cannot read does not hold up the others", async () => {
  const answer = (entries) => (entries.some(({ uuid }) => uuid === "bad") ? { kind: "unreadable" } : stored(entries));
  const items = ["a", "bad", "b"].map((uuid) => ({ entry: entry(uuid), status: "unsent" }));
  const { outbox, shelf, settled } = makeBox({ answers: [answer], items });

  await outbox.load();
  await settled();

  assert.deepEqual(statuses(outbox), [["a", "stored"], ["bad", "rejected"], ["b", "stored"]]);
  assert.deepEqual([...shelf.kept.keys()], ["bad"]);
});

test("an evening offline goes out a hundred at a time", async () => {
  const items = Array.from({ length: 250 }, (_, index) => ({ entry: entry(`u${index}`), status: "unsent" }));
  const { outbox, sent, settled } = makeBox({ items });

  await outbox.load();
  await settled();

  assert.deepEqual(sent.map((batch) => batch.length), [LARGEST_BATCH, LARGEST_BATCH, 50]);
  assert.equal(outbox.unsentCount(), 0);
});

test("an answer that leaves an entry out makes it wait, not vanish", async () => {
  const { outbox, waits, settled } = makeBox({ answers: [{ kind: "verdicts", verdicts: [] }] });

  await outbox.add(entry("a"));
  await settled();

  assert.deepEqual([outbox.unsentCount(), waits.length], [1, 1]);
});

test("what the server's state shows is forgotten here, what it does not show is not", async () => {
  const { outbox, settled } = makeBox();
  await outbox.add(entry("a"));
  await outbox.add(entry("b"));
  await settled();

  outbox.settle(new Set(["a"]));

  assert.deepEqual(statuses(outbox), [["b", "stored"]]);
});

// --- The request ---------------------------------------------------------------------------------

function answer(status, body, { type = "application/json", headers = {} } = {}) {
  return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers: { "Content-Type": type, ...headers } });
}

function makeRequest(...responses) {
  const requests = [];
  const token = { value: "old", renewed: 0, read: () => token.value, renew: async () => { token.renewed += 1; token.value = "new"; return true; } };
  const post = makePost({
    url: "/entries",
    device: "hp-1",
    token,
    fetch: async (url, options) => {
      requests.push({ url, ...options });
      const response = responses.shift();
      if (response instanceof Error) throw response;
      return response;
    },
  });
  return { post, requests, token };
}

test("a batch is sent as the contract says, with the page's token", async () => {
  const { post, requests } = makeRequest(answer(200, { verdicts: [{ uuid: "a", verdict: "stored" }] }));

  const result = await post([entry("a")]);

  assert.deepEqual(result, { kind: "verdicts", verdicts: [{ uuid: "a", verdict: "stored" }] });
  assert.deepEqual(JSON.parse(requests[0].body), { device: "hp-1", entries: [entry("a")] });
  assert.equal(requests[0].headers["X-CSRFToken"], "old");
  assert.equal(requests[0].keepalive, true);
});

test("a batch too large to outlive its page is sent all the same", async () => {
  const { post, requests } = makeRequest(answer(200, { verdicts: [] }));

  await post(Array.from({ length: 100 }, (_, index) => entry(`u${index}`, { buyer_alias: "☕".repeat(250) })));

  assert.equal(requests[0].keepalive, false);
});

for (const [what, response, expected] of [
  ["no network", new TypeError("Failed to fetch"), { kind: "again", trouble: "offline" }],
  ["a hotel's welcome page", answer(200, "<html>", { type: "text/html" }), { kind: "again", trouble: "offline" }],
  ["a broken body", answer(200, "{"), { kind: "again", trouble: "offline" }],
  ["a bug", answer(500, { error: "bug" }), { kind: "again", trouble: "server", after: 0 }],
  ["a proxy's apology", answer(502, "<html>", { type: "text/html" }), { kind: "again", trouble: "server", after: 0 }],
  ["a server that asks for patience", answer(503, {}, { headers: { "Retry-After": "7" } }), { kind: "again", trouble: "server", after: 7_000 }],
  ["an ended sign-in", answer(401, { error: "unauthorized" }), { kind: "again", trouble: "sign-in" }],
  ["a live session that is not ours any more", answer(404, { error: "not_found" }), { kind: "again", trouble: "sign-in" }],
  ["a body that cannot be read", answer(400, { error: "entries_unreadable" }), { kind: "unreadable" }],
  ["a body that is too large", answer(413, { error: "request_entity_too_large" }), { kind: "unreadable" }],
]) {
  test(`${what}: ${expected.kind} ${expected.trouble ?? ""}`, async () => {
    const { post, token } = makeRequest(response);

    assert.deepEqual(await post([entry("a")]), expected);
    assert.equal(token.renewed, 0);
  });
}

test("a refused token is renewed once, and the batch sent again", async () => {
  const { post, requests, token } = makeRequest(answer(400, { error: "bad_request" }), answer(200, { verdicts: [] }));

  assert.equal((await post([entry("a")])).kind, "verdicts");
  assert.deepEqual([token.renewed, requests[1].headers["X-CSRFToken"]], [1, "new"]);
});

test("a refusal that is not about the entries never blames them", async () => {
  const { post } = makeRequest(answer(400, { error: "bad_request" }), answer(400, { error: "bad_request" }));

  const { kind, trouble } = await post([entry("a")]);

  assert.deepEqual([kind, trouble], ["again", "server"]);
});
