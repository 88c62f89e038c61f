// Notifications on the vendor's phone: asked for only after a tap, tried out, switched off. Where the phone has none, the part of
// the page stays hidden as it came. What is on is known by two sides, the browser and the server; only both together are "on".

const part = document.getElementById("kabar");
const scope = `/kabar/${part.dataset.vendor}/`; // no page lies there: the worker shows notifications and touches nothing else
const acts = { turnOn, turnOff, test };

if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) begin();

async function begin() {
  part.addEventListener("click", (event) => act(event.target.closest("button")));
  await show();
  part.hidden = false;
}

async function act(button) {
  if (!button || button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  say("");
  try {
    say(await acts[button.dataset.do]());
  } catch (error) {
    say(error.status === 409 ? "full" : "stuck");
  }
  button.ariaBusy = null;
  await show(button);
}

// Shows what fits the state; a focus that would vanish with its button goes on to the next one.
async function show(pressed) {
  const now = await state();
  for (const one of part.querySelectorAll("[data-when]")) one.hidden = one.dataset.when !== now;
  if (pressed?.hidden) part.querySelector("button:not([hidden])")?.focus();
}

async function state() {
  if (Notification.permission === "denied") return "denied";
  const subscription = await subscribed();
  const isKnown = subscription !== null && marks().includes(await mark(subscription.endpoint));
  return isKnown && Notification.permission === "granted" ? "on" : "off";
}

function say(word) {
  const line = part.querySelector("[role=status]");
  line.textContent = line.dataset[word] ?? "";
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return Notification.permission === "denied" ? "" : "later";
  const registration = await ready(await navigator.serviceWorker.register("/sw-kabar.js", { scope }));
  const old = await registration.pushManager.getSubscription();
  await old?.unsubscribe(); // made for another key of the server it would be worth nothing
  await remember();
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: part.dataset.key });
  const { endpoint, keys } = subscription.toJSON();
  try {
    await post("", { endpoint, p256dh: keys.p256dh, auth: keys.auth, replaces: old?.endpoint ?? "" });
  } catch (error) {
    await subscription.unsubscribe();
    throw error;
  }
  part.dataset.marks += ` ${await mark(endpoint)}`;
  return "";
}

async function turnOff() {
  const subscription = await subscribed();
  if (subscription) {
    await post("/mati", { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
  }
  return "";
}

async function test() {
  const { endpoint } = await subscribed();
  try {
    await post("/coba", { endpoint });
  } catch (error) {
    if (error.status !== 404) throw error;
    const gone = await mark(endpoint); // the server knows this browser no more: the switch is off
    part.dataset.marks = marks().filter((one) => one !== gone).join(" ");
    return "stuck";
  }
  return "sent";
}

async function subscribed() {
  const registration = await navigator.serviceWorker.getRegistration(scope);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

// The worker needs page and key when the browser changes its subscription while no page is open.
async function remember() {
  const kept = { link: location.pathname, key: part.dataset.key };
  await (await caches.open("kabar")).put(scope, new Response(JSON.stringify(kept)));
}

function ready(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return registration;
  return new Promise((resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve(registration);
      if (worker.state === "redundant") reject(new Error("no worker"));
    });
  });
}

async function post(path, content) {
  const answer = await fetch(`${location.pathname}/kabar${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  });
  if (!answer.ok) throw Object.assign(new Error("refused"), { status: answer.status });
}

function marks() {
  return part.dataset.marks.split(" ");
}

async function mark(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 16);
}
