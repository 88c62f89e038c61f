// Keeps "now" and "next" true while the page stays open. The browser asks with its ETag, so an unchanged page costs one empty
// answer; a changed one replaces only the parts marked data-live. Without script the page is the same, one reload behind.

const EVERY_MS = 60_000;
const CLOCK_MS = 15_000;
let printed = parts(document);

function parts(page) {
  return new Map([...page.querySelectorAll("[data-live]")].map((part) => [part.id, part.outerHTML]));
}

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { cache: "no-cache", headers: { Accept: "text/html" } });
    if (answer.ok) replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // No signal: what stands here stays, and the next look may succeed.
  }
}

function replace(fresh) {
  const before = heading();
  const now = parts(fresh);
  for (const [id, text] of now) {
    if (printed.get(id) !== text) swap(document.getElementById(id), fresh.getElementById(id));
  }
  printed = now;
  document.title = fresh.title || document.title;
  if (heading() !== before) say(heading());
  tick();
}

// A thumb or keyboard that stands inside stays where it was.
function swap(old, fresh) {
  if (!old || !fresh) return;
  const address = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceWith(document.adoptNode(fresh));
  if (address) [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === address)?.focus();
}

function heading() {
  return document.querySelector("#sekarang h1 > a")?.textContent ?? "";
}

function say(text) {
  const news = document.getElementById("kabar");
  if (news && text) news.textContent = news.dataset.words.replace("{}", text);
}

function tick() {
  for (const rest of document.querySelectorAll("#sekarang [data-ends]")) {
    const minutes = Math.ceil((Date.parse(rest.dataset.ends) - Date.now()) / 60_000);
    rest.hidden = minutes < 1 || minutes > 600;
    rest.textContent = rest.dataset.words.replace("{}", String(minutes));
  }
}

// The reader's own hours, where their clock differs from the bazaar's.
function tellHere() {
  const line = document.querySelector("[data-here]");
  if (!line) return;
  const starts = new Date(line.dataset.starts);
  const place = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  const clock = (at, timeZone) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone }).format(at);
  if (clock(starts) === clock(starts, line.dataset.here)) return;
  const sign = document.documentElement.lang === "en" ? ":" : ".";
  const own = (at) => clock(at).replace(":", sign);
  line.textContent = line.dataset.words
    .replace("{place}", place.split("/").pop().replaceAll("_", " "))
    .replace("{from}", own(starts))
    .replace("{until}", own(new Date(line.dataset.ends)));
  line.hidden = false;
}

tick();
tellHere();
setInterval(tick, CLOCK_MS);
setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
