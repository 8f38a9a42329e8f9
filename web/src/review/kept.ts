// Decisions that wait on this device for a line, in the order they were made.

/** A form that was posted without a line. */
export interface Decision {
  id?: number;
  /** Who decided: what one person left here is never sent as another's. */
  owner: string;
  /** Where it is posted, and what. */
  to: string;
  body: string;
  /** What a person calls it: the record and the button. */
  title: string;
  /** Whether the server did not take it, as somebody else changed the record meanwhile, or as it was wrong. */
  refused?: boolean;
}

const NAME = "dtm-review";
const STORE = "decisions";

const opened = (): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      // Only when the transaction is over is anything kept.
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const decisions = async (owner: string): Promise<Decision[]> => {
  const all: Decision[] = await within("readonly", (store) => store.getAll());
  return all.filter((decision) => decision.owner === owner);
};
export const keep = (decision: Decision) => within("readwrite", (store) => store.put(decision));
export const drop = (decision: Decision) => within("readwrite", (store) => store.delete(decision.id ?? -1));
