// The page that waits for the planner: moves the bar and the steps, and reloads once the work is over. Without it the page
// reloads itself every two seconds.

const POLL_MS = 600;
const REST_MS = 3_000; // after an answer that could not be read

/** The newest progress, `null` where nothing has moved; throws when there is no network. */
async function ask(url, etag) {
  const answer = await fetch(url, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", redirect: "error" });
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
  let etag = "";
  for (;;) {
    let pause = POLL_MS;
    try {
      const progress = await ask(place.dataset.waiting, etag);
      if (progress) {
        if (!progress.at_work) return location.reload();
        ({ etag } = progress);
        show(place, progress);
      }
    } catch {
      pause = REST_MS;
    }
    await new Promise((go) => { setTimeout(go, pause); });
  }
}

for (const place of document.querySelectorAll("[data-waiting]")) follow(place);
