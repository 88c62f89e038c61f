// The page that waits for the planner: moves the bar and the steps, and reloads once the work is over. Without it the page
// reloads itself every two seconds. When nobody answers for a while the page says so, until somebody does.

const POLL_MS = 600;
const REST_MS = 3_000; // after an answer that could not be read
const PATIENCE_MS = 5_000; // for one answer, and for silence before it is told

/** The newest progress, `null` where nothing has moved; throws when there is no network. */
async function ask(url, etag) {
  const headers = etag ? { "If-None-Match": etag } : {};
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(url, { headers, signal, cache: "no-store", redirect: "error" });
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return { etag: answer.headers.get("ETag"), ...(await answer.json()) };
}

function show(place, progress) {
  place.querySelector("progress").value = progress.percent;
  place.querySelectorAll(".w-step").forEach((step, index) => {
    const state = progress.steps[index];
    if (step.classList.contains(`w-step--${state}`)) return;
    step.className = `w-step w-step--${state}`;
    if (state === "now") step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  });
}

async function follow(place) {
  const silence = place.querySelector("[data-silence]");
  let etag = "";
  let heard = Date.now();
  for (;;) {
    let pause = POLL_MS;
    try {
      const progress = await ask(place.dataset.waiting, etag);
      heard = Date.now();
      silence.hidden = true;
      if (progress) {
        if (!progress.at_work) return location.reload();
        ({ etag } = progress);
        show(place, progress);
      }
    } catch {
      pause = REST_MS;
      silence.hidden = Date.now() - heard < PATIENCE_MS;
    }
    await new Promise((go) => { setTimeout(go, pause); });
  }
}

for (const place of document.querySelectorAll("[data-waiting]")) follow(place);
