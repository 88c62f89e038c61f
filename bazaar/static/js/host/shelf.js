// Where unsent entries lie so that a reload does not lose them: one localStorage key for each entry of this live session.
// Two tabs never overwrite each other, because they never write the same key with different content.
// Every method returns a promise: IndexedDB with strict durability takes this place when the console works offline.

const PREFIX = "giliran";

export function openShelf(storage, liveSessionId) {
  const prefix = `${PREFIX}:unsent:${liveSessionId}:`;
  let isBroken = false;

  async function attempt(action, otherwise) {
    try {
      return action();
    } catch {
      isBroken = true; // a full or forbidden storage: the page still holds the entry, and says that it must stay open
      return otherwise;
    }
  }

  // One that cannot be read must not hide the others; it stays where it lies.
  function read(text) {
    try {
      const item = JSON.parse(text);
      return item?.entry?.uuid ? item : null;
    } catch {
      return null;
    }
  }

  return {
    isBroken: () => isBroken,
    holds: (key) => key === null || key.startsWith(prefix),
    all: () =>
      attempt(() => {
        const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index)).filter((key) => key.startsWith(prefix));
        const items = keys.map((key) => read(storage.getItem(key))).filter(Boolean);
        return items.sort((one, other) => one.entry.seq - other.entry.seq);
      }, []),
    put: (item) => attempt(() => storage.setItem(prefix + item.entry.uuid, JSON.stringify(item))),
    remove: (uuid) => attempt(() => storage.removeItem(prefix + uuid)),
  };
}

// The stable name of this phone and its counter of entries, both shared by all tabs.
export function openDevice(storage, random) {
  let counted = 0;

  function read(key) {
    try {
      return storage.getItem(key);
    } catch {
      return null;
    }
  }

  function write(key, value) {
    try {
      storage.setItem(key, value);
    } catch {
      // without storage the name lasts as long as the page
    }
  }

  const name = read(`${PREFIX}:device`) ?? `hp-${random()}`;
  write(`${PREFIX}:device`, name);
  return {
    name,
    nextSeq: () => {
      counted = Math.max(counted, Number(read(`${PREFIX}:seq`)) || 0) + 1;
      write(`${PREFIX}:seq`, String(counted));
      return counted;
    },
  };
}
