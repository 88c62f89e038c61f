// Shows notifications of one vendor, also while no page is open. It answers no requests: pages come from the network as before.

addEventListener("install", () => skipWaiting());
addEventListener("push", (event) => event.waitUntil(showNews(event.data)));
addEventListener("notificationclick", (event) => event.waitUntil(openPage(event.notification)));
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function showNews(data) {
  const news = read(data);
  if (news.link) await remember({ link: news.link }); // a link may have been replaced since the vendor switched this on
  await registration.showNotification(news.title || "Giliran", {
    body: news.body || "",
    tag: news.tag || "",
    renotify: Boolean(news.tag), // the later one about a turn replaces the earlier one, and is heard
    data: { link: news.link || "" },
  });
}

// A browser takes its permission back from whoever gets a push and shows nothing, so anything unreadable is shown as well.
function read(data) {
  try {
    return data.json() ?? {};
  } catch {
    return {};
  }
}

async function openPage(notification) {
  notification.close();
  const link = notification.data?.link || (await recall()).link;
  if (!link) return;
  const address = new URL(link, location.origin);
  if (address.origin !== location.origin) return;
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find((page) => new URL(page.url).pathname === address.pathname);
  await (open ? open.focus() : clients.openWindow(address.href));
}

async function renew(event) {
  const { link, key } = await recall();
  if (!link || !key) return;
  const wanted = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = event.newSubscription ?? (await registration.pushManager.subscribe(wanted));
  const { endpoint, keys } = subscription.toJSON();
  await fetch(`${link}/kabar`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ endpoint, p256dh: keys.p256dh, auth: keys.auth, replaces: event.oldSubscription?.endpoint ?? "" }),
  });
}

async function remember(news) {
  const kept = { ...(await recall()), ...news };
  await (await caches.open("kabar")).put(registration.scope, new Response(JSON.stringify(kept)));
}

async function recall() {
  const kept = await (await caches.open("kabar")).match(registration.scope);
  return kept ? kept.json() : {};
}
