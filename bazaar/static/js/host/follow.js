// Keeps the console's state fresh: by the server's events where they work, by asking every few seconds where they do not.

const ASK_EVERY = 5_000;
const ASK_ANYWAY_EVERY = 60_000;
const REOPEN_AFTER = 30_000;
const TIMEOUT = 10_000;

// `onState(state)` gets every new state; `onTrouble(null | "offline" | "server" | "sign-in")` what became of the last attempt.
export function follow({ stateUrl, eventsUrl, onState, onTrouble }) {
  let etag = null;
  let isAsking = false;
  let again = null; // what somebody wanted while an answer was on its way
  let stream = null;
  let lastAsked = performance.now();

  // `isFresh` wants the server's clock too, so it takes no "nothing has changed" for an answer.
  async function refresh({ isFresh = false } = {}) {
    if (isAsking) {
      again = { isFresh: isFresh || Boolean(again?.isFresh) };
      return;
    }
    isAsking = true;
    lastAsked = performance.now();
    try {
      onTrouble(await ask(isFresh));
    } catch {
      onTrouble("offline");
    } finally {
      isAsking = false;
    }
    if (again) {
      const wish = again;
      again = null;
      await refresh(wish);
    }
  }

  async function ask(isFresh) {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), TIMEOUT);
    try {
      const headers = etag && !isFresh ? { "If-None-Match": etag } : {};
      const response = await fetch(stateUrl, { headers, credentials: "same-origin", cache: "no-store", signal: aborter.signal });
      if (response.status === 304) return null;
      if ([401, 403, 404].includes(response.status)) return "sign-in";
      if (response.status >= 500 || response.status === 429) return "server";
      if (!response.ok || !(response.headers.get("Content-Type") ?? "").includes("json")) return "offline";
      const state = await response.json();
      etag = response.headers.get("ETag");
      onState(state);
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  function listen() {
    stream = new EventSource(eventsUrl);
    stream.addEventListener("changed", () => refresh());
    stream.addEventListener("ended", () => refresh()); // this browser may no longer look: the answer says what to do
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, REOPEN_AFTER);
    });
  }

  function askWhenDue() {
    const isStreaming = stream?.readyState === EventSource.OPEN;
    if (performance.now() - lastAsked >= (isStreaming ? ASK_ANYWAY_EVERY : ASK_EVERY)) refresh();
  }

  listen();
  setInterval(askWhenDue, 1_000);
  return { refresh, close: () => stream.close() };
}
