// The service worker of the pages where forms are filled in, and of the review: without a line they open from what was
// kept, and what was finished is sent when the line is back. Which of the two it serves, its scope says.
//
// Files with a hash in their name are kept for good; pages, forms and their files come from the server when it answers
// in time, and else from what was kept last. Of the office, records under review are kept, where the server allows it and
// until somebody signs out. Nothing else is touched, least of all what is sent.

/// <reference lib="webworker" />

import { send } from "../fill/sending.ts";

declare const self: ServiceWorkerGlobalScope;
declare const __FILES__: string[];
declare const __BUILD__: string;

const ASSETS = `dtm-assets-${__BUILD__}`;
const PAGES = "dtm-pages";
const OFFICE = "dtm-office";

/** The pages of the office that are kept: records under review. */
const REVIEW = /^\/office\/(records\/[^/]+|o\/.+\/review)$/;

/** Whether it serves the review, and not a page where forms are filled in, which may lie below the office as well. */
const IS_REVIEW = self.registration.scope.endsWith("/office/");
/** Where pages are kept, and which may be. */
const KEPT = IS_REVIEW ? OFFICE : PAGES;
const mayKeep = (response: Response) =>
  response.ok && !response.redirected && (!IS_REVIEW || response.headers.get("dtm-keep") === "yes");

/** How long a weak line may take before the kept copy is shown. */
const PATIENCE_MS = 8000;

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(ASSETS);
    // The map is large and asked for by few forms; it is kept when it was needed once.
    const isKept = (file: string) =>
      IS_REVIEW ? file.includes("/review-") : !file.includes("/MapBlock-") && !file.includes("/map-");
    await cache.addAll(__FILES__.filter(isKept));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("dtm-assets-") && name !== ASSETS) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

/** From the server if it answers in time, else as it was kept. */
async function freshOrKept(request: Request): Promise<Response> {
  const cache = await caches.open(KEPT);
  // Without a line any copy will do, whatever language or cookie it was fetched with; of the review the very page alone.
  const isLoose = request.mode === "navigate" && !IS_REVIEW;
  const kept = async () =>
    (await cache.match(request, { ignoreVary: true })) ??
    (isLoose ? cache.match(request, { ignoreVary: true, ignoreSearch: true }) : undefined);
  const fetched = fetch(request).then(async (response) => {
    // A link that is closed or used up says so from now on, with a line and without.
    if (mayKeep(response)) await cache.put(request, response.clone());
    else if ([403, 404, 410].includes(response.status)) await cache.delete(request);
    return response;
  });
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    const first = await Promise.race([fetched, late]);
    if (first && first.status < 500) return first;
    return (await kept()) ?? (await fetched);
  } catch (error) {
    const copy = await kept();
    if (copy) return copy;
    throw error;
  }
}

async function keptOrFresh(request: Request): Promise<Response> {
  const cache = await caches.open(ASSETS);
  const copy = await cache.match(request, { ignoreVary: true });
  if (copy) return copy;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

/** What a form is made of, wherever it is fetched. What was sent is never kept. */
const PARTS =
  /^\/v1\/((key|test)\/[^/]+\/)?projects\/[^/]+\/forms\/[^/]+(\.xml|\/draft\.xml|(\/draft)?\/attachments\/[^/]+)$/;

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (pathname === "/office/sign-out") event.waitUntil(caches.delete(OFFICE));
  if (request.method !== "GET" || origin !== self.location.origin) return;
  const isPage = request.mode === "navigate" && (!IS_REVIEW || REVIEW.test(pathname));
  if (pathname.startsWith("/assets/")) event.respondWith(keptOrFresh(request));
  else if (isPage || PARTS.test(pathname)) event.respondWith(freshOrKept(request));
});

self.addEventListener("message", (event) => {
  const { keep } = (event.data ?? {}) as { keep?: string[] };
  if (!keep) return;
  const all = async () => {
    const cache = await caches.open(KEPT);
    let n = 0;
    for (const address of keep) {
      try {
        const response = await fetch(address, { credentials: "same-origin" });
        if (!mayKeep(response)) continue;
        await cache.put(address, response);
        n += 1;
      } catch {
        break;
      }
    }
    event.ports[0]?.postMessage(n);
  };
  event.waitUntil(all());
});

// Background Sync, where there is: the browser wakes the worker when there is a line, even with the page closed.
self.addEventListener("sync", (event) => {
  const { tag, waitUntil } = event as ExtendableEvent & { tag: string };
  if (tag !== "dtm-send") return;
  const all = async () => {
    const { left } = await send();
    if (left) throw new Error("some could not be sent yet");
  };
  waitUntil.call(event, all());
});
