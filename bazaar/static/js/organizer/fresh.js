// Keeps an open page of the desk true: the scheduler's banner everywhere, and the parts of a page marked data-fresh.
// Nothing is replaced under somebody's hands: an open detail, a focused field or a dialog waits for the next round.

const PULSE_MS = 20_000;
const FRESH_MS = 20_000;

async function fetchText(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, redirect: "error" });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null; // no network, or signed out: the page stays as it is
  }
}

async function refreshPulse(place) {
  const text = await fetchText(place.dataset.pulse);
  if (text === null) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = text.trim();
  if (fresh.innerHTML !== place.innerHTML.trim()) place.replaceChildren(fresh.content);
}

function isInUse(part) {
  return part.contains(document.activeElement) || part.querySelector("details[open]") || document.querySelector("dialog[open]");
}

async function refreshParts() {
  const text = await fetchText(location.href);
  if (text === null) return;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const next = fresh.getElementById(part.id);
    if (next && !isInUse(part) && next.innerHTML !== part.innerHTML) part.innerHTML = next.innerHTML;
  }
}

function every(ms, refresh) {
  setInterval(() => { if (!document.hidden) refresh(); }, ms);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
}

for (const place of document.querySelectorAll("[data-pulse]")) every(PULSE_MS, () => refreshPulse(place));
if (document.querySelector("[data-fresh]")) every(FRESH_MS, refreshParts);
