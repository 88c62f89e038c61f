// Sends entries until the server has answered for each of them: batches, retries, verdicts. Knows nothing about the page.
// An entry leaves the shelf only when the server stored it or a person discarded it.

export const LARGEST_BATCH = 100;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;
const TIMEOUT = 10_000;
const LARGEST_KEEPALIVE = 60_000; // bytes; browsers refuse a request that shall outlive its page above 64 KiB
const ACCEPTED = ["stored", "late"];

// `post(entries)` gives what `makePost` describes; `schedule(action, ms)` and `random()` are the page's timer and dice.
export function makeOutbox({ shelf, post, onChange, schedule = setTimeout, random = Math.random }) {
  const items = [];
  let isSending = false;
  let trouble = null; // null, "offline", "server" or "sign-in"
  let failureCount = 0;
  let isScheduled = false;

  const unsent = () => items.filter((item) => item.status === "unsent");

  async function load() {
    for (const item of await shelf.all()) {
      if (!items.some((known) => known.entry.uuid === item.entry.uuid)) items.push(item);
    }
    onChange();
    return flush();
  }

  async function add(entry, name) {
    const item = { entry, name, status: "unsent", reason: "" };
    items.push(item);
    await shelf.put(item);
    onChange();
    flush();
  }

  async function discard(uuid) {
    forget((item) => item.entry.uuid === uuid);
    await shelf.remove(uuid);
    onChange();
  }

  // What the server's state shows itself need not be remembered here.
  function settle(uuids) {
    forget((item) => ACCEPTED.includes(item.status) && uuids.has(item.entry.uuid));
  }

  function forget(isDone) {
    for (let index = items.length - 1; index >= 0; index -= 1) if (isDone(items[index])) items.splice(index, 1);
  }

  async function flush() {
    if (isSending || unsent().length === 0) return;
    isSending = true;
    onChange();
    try {
      await sendAll();
    } finally {
      isSending = false;
      onChange();
    }
  }

  async function sendAll() {
    let size = LARGEST_BATCH;
    while (unsent().length > 0) {
      const batch = unsent().slice(0, size);
      const answer = await post(batch.map((item) => item.entry));
      if (answer.kind === "unreadable" && batch.length > 1) {
        size = 1; // one bad entry must not hold up the others: find it
      } else if (answer.kind === "unreadable") {
        await decide(batch[0], { verdict: "rejected", message: "Isi catatan tidak terbaca oleh pusat." });
      } else if (answer.kind === "verdicts" && (await decideAll(batch, answer.verdicts)) === batch.length) {
        failureCount = 0;
        trouble = null;
      } else {
        return tryLater(answer);
      }
      onChange();
    }
    return undefined;
  }

  async function decideAll(batch, verdicts) {
    const answers = new Map(verdicts.map((verdict) => [verdict.uuid, verdict]));
    const answered = batch.filter((item) => answers.has(item.entry.uuid));
    for (const item of answered) await decide(item, answers.get(item.entry.uuid));
    return answered.length;
  }

  async function decide(item, { verdict, first, reason, message }) {
    item.status = verdict === "duplicate" ? (first ?? "stored") : verdict;
    item.reason = message ?? reason ?? "";
    await (ACCEPTED.includes(item.status) ? shelf.remove(item.entry.uuid) : shelf.put(item));
  }

  function tryLater(answer) {
    trouble = answer.trouble ?? "offline";
    failureCount += 1;
    if (isScheduled) return;
    isScheduled = true;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failureCount - 1)) * (0.75 + random() / 2);
    schedule(() => {
      isScheduled = false;
      flush();
    }, Math.max(pause, answer.after ?? 0));
  }

  return {
    load,
    add,
    discard,
    settle,
    flush,
    items: () => items,
    unsentCount: () => unsent().length,
    problems: () => items.filter((item) => ["conflict", "rejected"].includes(item.status)),
    trouble: () => (unsent().length > 0 ? trouble : null),
    isSending: () => isSending,
  };
}

// How a batch is sent. Answers {kind: "verdicts", verdicts}, {kind: "again", trouble, after?} or {kind: "unreadable"}.
// `token.read()` gives the cross-site token, `token.renew()` fetches a fresh one and says whether it could.
export function makePost({ url, device, token, fetch = globalThis.fetch.bind(globalThis), timeout = TIMEOUT }) {
  async function send(entries) {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), timeout);
    const body = JSON.stringify({ device, entries });
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Accept-Language": "id", "X-CSRFToken": token.read() },
        body,
        credentials: "same-origin",
        cache: "no-store",
        keepalive: new TextEncoder().encode(body).length <= LARGEST_KEEPALIVE,
        signal: aborter.signal,
      });
      return await understand(response);
    } catch {
      return { kind: "again", trouble: "offline" }; // no network, a timeout, or a body that is not what it says
    } finally {
      clearTimeout(timer);
    }
  }

  return async (entries) => {
    const answer = await send(entries);
    return answer.isTokenRefused && (await token.renew()) ? send(entries) : answer;
  };
}

async function understand(response) {
  const { status } = response;
  const after = 1_000 * (Number(response.headers.get("Retry-After")) || 0);
  if (status >= 500 || status === 429) return { kind: "again", trouble: "server", after };
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  if (!isJson) return { kind: "again", trouble: "offline" }; // a hotel's welcome page, a proxy's apology
  const answer = await response.json();
  if (status === 200) return Array.isArray(answer.verdicts) ? { kind: "verdicts", verdicts: answer.verdicts } : { kind: "again", trouble: "server" };
  if ([401, 403, 404].includes(status)) return { kind: "again", trouble: "sign-in" };
  if (status === 413 || answer.error === "entries_unreadable") return { kind: "unreadable" };
  // Any other refusal says nothing about the entries: perhaps the page's token is too old. They wait.
  return { kind: "again", trouble: "server", isTokenRefused: status === 400 };
}
