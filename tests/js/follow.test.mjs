// How the console keeps its state fresh: what each answer means, and when it asks although nobody told it to.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { follow } from "../../bazaar/static/js/host/follow.js";

const real = { fetch: globalThis.fetch, setInterval: globalThis.setInterval, performance: globalThis.performance };
let requests, answers, streams, ticks, clock;

class FakeStream {
  static OPEN = 1;
  static CLOSED = 2;

  constructor(url) {
    this.url = url;
    this.readyState = FakeStream.OPEN;
    this.listeners = {};
    streams.push(this);
  }

  addEventListener(name, listener) {
    this.listeners[name] = listener;
  }

  close() {
    this.readyState = FakeStream.CLOSED;
  }
}

beforeEach(() => {
  requests = [];
  answers = [];
  streams = [];
  ticks = [];
  clock = 0;
  globalThis.EventSource = FakeStream;
  globalThis.setInterval = (action) => ticks.push(action);
  Object.defineProperty(globalThis, "performance", { value: { now: () => clock }, configurable: true });
  globalThis.fetch = async (url, options) => {
    requests.push(options.headers);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
});

afterEach(() => {
  globalThis.fetch = real.fetch;
  globalThis.setInterval = real.setInterval;
  Object.defineProperty(globalThis, "performance", { value: real.performance, configurable: true });
});

const json = (status, body, headers = {}) => new Response(status === 304 ? null : JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

function start() {
  const heard = [];
  const follower = follow({ stateUrl: "/state", eventsUrl: "/events", onState: (state) => heard.push(state), onTrouble: (trouble) => heard.push(trouble) });
  return { follower, heard, settled: () => new Promise((resolve) => setTimeout(resolve, 5)) };
}

test("a new state is taken, and asked for by its version from then on", async () => {
  answers.push(json(200, { version: "a" }, { ETag: '"a"' }), json(304), json(200, { version: "b" }));
  const { follower, heard } = start();

  await follower.refresh();
  await follower.refresh();
  await follower.refresh({ isFresh: true });

  assert.deepEqual(heard, [{ version: "a" }, null, null, { version: "b" }, null]);
  assert.deepEqual(requests, [{}, { "If-None-Match": '"a"' }, {}]);
});

for (const [what, answer, trouble] of [
  ["no network", new TypeError("Failed to fetch"), "offline"],
  ["a hotel's welcome page", new Response("<html>", { headers: { "Content-Type": "text/html" } }), "offline"],
  ["a server that stumbles", json(500, {}), "server"],
  ["a server that is busy", json(429, {}), "server"],
  ["an ended sign-in", json(401, {}), "sign-in"],
  ["a live session that is not ours any more", json(404, {}), "sign-in"],
]) {
  test(`${what} is ${trouble}`, async () => {
    answers.push(answer);
    const { follower, heard } = start();

    await follower.refresh();

    assert.deepEqual(heard, [trouble]);
  });
}

test("who asks for the server's clock while an answer is on its way gets it too", async () => {
  answers.push(json(200, { version: "a" }, { ETag: '"a"' }), json(200, { version: "a" }, { ETag: '"a"' }));
  const { follower, heard } = start();

  const first = follower.refresh();
  follower.refresh({ isFresh: true });
  follower.refresh();
  await first;

  assert.deepEqual(requests, [{}, {}]);
  assert.deepEqual(heard, [{ version: "a" }, null, { version: "a" }, null]);
});

test("events make it ask; the last one says that the right to look has ended", async () => {
  answers.push(json(200, { version: "a" }), json(401, {}));
  const { heard, settled } = start();

  streams[0].listeners.changed();
  await settled();
  streams[0].listeners.ended();
  await settled();

  assert.deepEqual(heard, [{ version: "a" }, null, "sign-in"]);
});

test("without events it asks every five seconds, with them once a minute", async () => {
  answers.push(...Array.from({ length: 9 }, () => json(304)));
  const { settled } = start();
  const pass = async (seconds) => {
    for (let second = 0; second < seconds; second += 1) {
      clock += 1_000;
      ticks[0]();
      await settled();
    }
  };

  await pass(59);
  assert.equal(requests.length, 0);
  await pass(1);
  assert.equal(requests.length, 1);
  streams[0].close(); // refused: too many streams
  await pass(10);

  assert.equal(requests.length, 3);
});
