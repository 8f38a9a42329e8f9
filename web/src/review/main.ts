// Review without a line. Every form of the page works without this script; with it, what is decided while the line is
// away is kept on the device and sent in its order when it is back, and the records of a page can be taken along.
//
// The server says what happened meanwhile: each form carries the moment its page was read, and a record that somebody
// else changed since is not touched (409). Such a decision stays here until the reader has seen why.

import { type Decision, decisions, drop, keep } from "./kept.ts";

/** How often what waits is tried again while the page is open. */
const AGAIN_MS = 30_000;

const line = document.getElementById("line");
/** Who is signed in, as the page says. */
const owner = line?.dataset.owner ?? "";

/** A sentence of the page, with a number in it. */
const say = (name: string, n?: number): string =>
  (line?.dataset[n === 1 ? `${name}One` : name] ?? "").replace("{n}", String(n ?? ""));

const post = (decision: Decision): Promise<Response> =>
  fetch(decision.to, {
    method: "POST",
    body: decision.body,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    credentials: "same-origin",
  });

/** Puts a page that the server answered in the place of this one. */
async function show(response: Response): Promise<void> {
  if (response.ok && response.redirected) {
    // The page of the same address, read anew: a hash must not keep the browser where it is.
    const { pathname, search } = new URL(response.url);
    location.replace(pathname + search);
    return;
  }
  const read = new DOMParser().parseFromString(await response.text(), "text/html");
  document.title = read.title;
  document.querySelector("main")?.replaceWith(read.querySelector("main") ?? "");
  scrollTo(0, 0);
  await tell();
}

/** Says what waits and what was refused. */
async function tell(told = ""): Promise<void> {
  const place = document.getElementById("line");
  if (!place) return;
  const all = await decisions(owner);
  const refused = all.filter((decision) => decision.refused);
  const waiting = all.length - refused.length;
  place.replaceChildren();
  const put = (text: string) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    place.append(paragraph);
    return paragraph;
  };
  if (told) put(told);
  if (waiting) put(say("waiting", waiting));
  for (const decision of refused) {
    const button = document.createElement("button");
    button.className = "quiet small-button";
    button.textContent = say("look");
    button.addEventListener("click", async () => {
      const response = await post(decision).catch(() => undefined);
      if (!response) return tell(say("away"));
      await drop(decision);
      await show(response);
    });
    put(`${say("refused")} ${decision.title} `).append(button);
  }
  const others = document.getElementById("take");
  if (others) others.hidden = !("serviceWorker" in navigator);
  place.hidden = !place.childElementCount;
}

/** Sends what waits, one after the other. */
async function send(): Promise<void> {
  const run = async () => {
    let sent = 0;
    for (const decision of await decisions(owner)) {
      if (decision.refused) continue;
      let response: Response;
      try {
        response = await post(decision);
      } catch {
        break;
      }
      if (response.status === 401 || new URL(response.url).pathname === "/office/sign-in") return tell(say("signIn"));
      if (response.status === 429 || response.status >= 500) break;
      if (response.ok) sent += 1;
      if (response.ok) await drop(decision);
      else await keep({ ...decision, refused: true });
    }
    await tell(sent ? say("sent", sent) : "");
  };
  await (navigator.locks ? navigator.locks.request("dtm-review", run) : run());
}

/** What a person calls the record that a form is about. */
const titleOf = (form: HTMLFormElement, button: HTMLElement | null): string => {
  const record = form.closest("#detail")?.querySelector("h2 a") ?? document.querySelector("h1");
  return [record?.firstChild?.textContent?.trim(), button?.textContent?.trim()].filter(Boolean).join(" – ");
};

document.addEventListener("submit", async (event: SubmitEvent) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.keeps || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter;
  const fields = new FormData(form, button);
  const body = new URLSearchParams([...fields].map(([name, value]) => [name, String(value)])).toString();
  const decision: Decision = { owner, to: form.action, body, title: titleOf(form, button) };
  const waits = (await decisions(owner)).some((other) => !other.refused);
  try {
    // What was decided before goes first.
    if (waits) throw new TypeError("others wait");
    return await show(await post(decision));
  } catch {
    await keep(decision);
  }
  form.reset();
  await tell(say("kept"));
  void send();
  const next = fields.get("next");
  if (typeof next === "string" && next) {
    const there = await caches.match(next, { ignoreVary: true });
    if (there) location.assign(next);
  }
});

addEventListener("click", async (event) => {
  const button = event.target;
  if (!(button instanceof HTMLButtonElement) || button.id !== "take") return;
  const links = document.querySelectorAll<HTMLAnchorElement>("a[data-record]");
  const addresses = [location.pathname + location.search, ...[...links].map((link) => link.pathname + link.search)];
  const { active } = await navigator.serviceWorker.ready;
  button.disabled = true;
  await tell(say("taking"));
  const done = new MessageChannel();
  done.port1.onmessage = async ({ data }) => {
    button.disabled = false;
    await tell(data ? say("taken", data - 1) : say("away"));
  };
  active?.postMessage({ keep: addresses }, [done.port2]);
});

addEventListener("online", () => void send());
setInterval(() => void send(), AGAIN_MS);
void tell().then(send);
if ("serviceWorker" in navigator) {
  void navigator.serviceWorker.register("/f/worker.js", { scope: "/office/", updateViaCache: "none" }).catch(() => undefined);
}
