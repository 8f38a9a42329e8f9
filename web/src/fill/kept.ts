// What is kept on this device, in IndexedDB: submissions that wait to be sent, unfinished answers, and which links were
// used. The page and the service worker both read and write it.

import type { Answers } from "./shown.ts";

/** A finished form on its way. */
export interface Waiting {
  /** Its instanceID: the server stores one submission under it, however often it is sent. */
  id: string;
  /** Whose it is: the link, or the person signed in. */
  owner: string;
  title: string;
  /** Where it is sent. */
  to: string;
  /** Whether the cookie of the person signed in goes with it. */
  signed: boolean;
  language: string;
  finishedAt: number;
  xml: Blob;
  files: { name: string; blob: Blob; sent: boolean }[];
  /** Set when the server would not have it; it is kept until somebody decides. */
  refused?: { status: number; message: string };
}

/** Unfinished answers. */
export interface Draft {
  /** Owner and form. */
  key: string;
  version: string;
  /** The name of the submission that is being changed. */
  opened?: string;
  savedAt: number;
  xml: string;
  files: { name: string; blob: Blob }[];
}

/** A link that can be used once, and was. */
export interface Used {
  owner: string;
  at: number;
}

const NAME = "dtm-fill";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("waiting", { keyPath: "id" });
      request.result.createObjectStore("drafts", { keyPath: "key" });
      request.result.createObjectStore("used", { keyPath: "owner" });
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

type Store = "waiting" | "drafts" | "used";

/** Runs within one transaction and waits until it is on the disk. */
async function within<T>(
  stores: Store[],
  mode: IDBTransactionMode,
  act: (store: (name: Store) => IDBObjectStore) => IDBRequest<T> | undefined,
): Promise<T> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, mode, { durability: "strict" });
      const request = act((name) => transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request?.result as T);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** What waits, oldest first. */
export async function waiting(): Promise<Waiting[]> {
  const all = await within<Waiting[]>(["waiting"], "readonly", (store) => store("waiting").getAll());
  return all.sort((a, b) => a.finishedAt - b.finishedAt);
}

/** Puts a finished form in the queue and takes its draft away, both or neither. */
export function finish(item: Waiting, draft: string, once: boolean): Promise<unknown> {
  return within(["waiting", "drafts", "used"], "readwrite", (store) => {
    store("drafts").delete(draft);
    if (once) store("used").put({ owner: item.owner, at: item.finishedAt } satisfies Used);
    return store("waiting").put(item);
  });
}

export function keepWaiting(item: Waiting): Promise<unknown> {
  return within(["waiting"], "readwrite", (store) => store("waiting").put(item));
}

export function dropWaiting(id: string): Promise<unknown> {
  return within(["waiting"], "readwrite", (store) => store("waiting").delete(id));
}

export function draft(key: string): Promise<Draft | undefined> {
  return within<Draft | undefined>(["drafts"], "readonly", (store) => store("drafts").get(key));
}

export function keepDraft(key: string, version: string, answers: Answers, opened: string): Promise<unknown> {
  const files = answers.files.map((file) => ({ name: file.name, blob: file }));
  const kept: Draft = { key, version, opened, savedAt: Date.now(), xml: answers.xml, files };
  return within(["drafts"], "readwrite", (store) => store("drafts").put(kept));
}

export function dropDraft(key: string): Promise<unknown> {
  return within(["drafts"], "readwrite", (store) => store("drafts").delete(key));
}

export function used(owner: string): Promise<Used | undefined> {
  return within<Used | undefined>(["used"], "readonly", (store) => store("used").get(owner));
}

/** How much would be lost by forgetting. */
export async function counts(): Promise<{ waiting: number; drafts: number }> {
  const count = (name: Store) => within<number>([name], "readonly", (store) => store(name).count());
  return { waiting: await count("waiting"), drafts: await count("drafts") };
}

/** Removes everything that was kept, here and in the caches of the service worker. */
export async function forget(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
  localStorage.removeItem("dtm-device");
  if ("caches" in globalThis) {
    for (const name of await caches.keys()) {
      if (name.startsWith("dtm-")) await caches.delete(name);
    }
  }
  for (const registration of (await navigator.serviceWorker?.getRegistrations()) ?? []) await registration.unregister();
}
