// Sends what waits. Nothing is taken from the device before the server has said that it is stored; sending again what
// was stored already changes nothing, as each submission carries its own id.

import { type Waiting, dropWaiting, keepWaiting, waiting } from "./kept.ts";

/** Files are sent in bundles of about this size, so that a weak line gets somewhere. */
const BUNDLE = 8_000_000;

/** What became of an attempt. */
export interface Outcome {
  sent: number;
  /** Could not be sent now; worth trying later. */
  left: number;
  /** The last reason, where the server gave one. */
  status?: number;
}

/** Tells the page that what is kept has changed. */
export const NEWS = "dtm-fill";

const announce = () => {
  const channel = new BroadcastChannel(NEWS);
  channel.postMessage("changed");
  channel.close();
};

/** Sends everything that waits and was not refused; one after the other, in one place at a time. */
export async function send(only?: (item: Waiting) => boolean): Promise<Outcome> {
  const run = async () => {
    const outcome: Outcome = { sent: 0, left: 0 };
    for (const item of await waiting()) {
      if (item.refused || (only && !only(item))) continue;
      const status = await sendOne(item);
      if (status === "sent") outcome.sent++;
      else if (status !== "refused") {
        outcome.left++;
        if (status !== "unreachable") outcome.status = status;
        // Without a line the others need not be tried.
        if (status === "unreachable") break;
      }
      announce();
    }
    announce();
    return outcome;
  };
  // Two pages, or a page and the worker, would send the same twice; harmless, but a waste of a thin line.
  return navigator.locks ? navigator.locks.request("dtm-sending", run) : run();
}

async function sendOne(item: Waiting): Promise<"sent" | "refused" | "unreachable" | number> {
  for (const bundle of bundles(item)) {
    const body = new FormData();
    body.set("xml_submission_file", item.xml, "submission.xml");
    for (const file of bundle) body.set(file.name, file.blob, file.name);
    let response: Response;
    try {
      response = await fetch(item.to, {
        method: "POST",
        body,
        headers: { "X-OpenRosa-Version": "1.0", "Accept-Language": item.language },
        credentials: item.signed ? "same-origin" : "omit",
      });
    } catch {
      return "unreachable";
    }
    if (response.status === 201 || response.status === 202) {
      for (const file of bundle) file.sent = true;
      await keepWaiting(item);
      continue;
    }
    const { status } = response;
    if (status === 401 || status === 408 || status === 429 || status >= 500 || status < 400) return status;
    item.refused = { status, message: messageOf(await response.text()) };
    await keepWaiting(item);
    return "refused";
  }
  await dropWaiting(item.id);
  return "sent";
}

/** The files that are left to send, in bundles; at least one, as the answers themselves must go. */
function bundles(item: Waiting): Waiting["files"][] {
  const all: Waiting["files"][] = [[]];
  let size = 0;
  for (const file of item.files.filter((file) => !file.sent)) {
    if (size > 0 && size + file.blob.size > BUNDLE) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(file);
    size += file.blob.size;
  }
  return all;
}

/** The sentence in an OpenRosa answer. */
function messageOf(xml: string): string {
  const text = /<message[^>]*>([^<]*)<\/message>/.exec(xml)?.[1] ?? "";
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? "");
}
