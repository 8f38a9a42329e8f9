// What the server says about a page: the form, where its parts are, where answers go.

/** The settings in the page, written by `http/fill.rs`. */
export interface Page {
  /** Whose drafts and waiting submissions these are. */
  owner: string;
  title: string;
  formId: string;
  version: string;
  /** Addresses on this server. */
  form: string;
  attachments: string;
  submission: string;
  /** Somebody is signed in, and the cookie goes with what is sent. */
  signed: boolean;
  /** The link can be used once. */
  once: boolean;
  /** A draft of a form, whose submissions are for trying out. */
  trial: boolean;
  /** The person signed in. */
  person?: { name: string; email: string };
  /** The address of a stored submission that is to be changed. */
  edit?: string;
  /** The service worker and what it looks after; absent where there is none. */
  worker?: { script: string; scope: string };
}

/** Whether the page has a form; a link that leads to none still shows what waits. */
export const hasForm = () => page.form !== "";

export const page: Page = JSON.parse(document.getElementById("fill-page")?.textContent ?? "{}") as Page;

/** Under which the draft of this form is kept. */
export const draftKey = [page.owner, page.formId, page.edit ?? "new"].join(" ");

/** An address with the name of this device, by which an access may be kept to it. */
function named(address: string): string {
  return page.signed ? address : `${address}?deviceID=${encodeURIComponent(deviceId())}`;
}

/** Fetches from this server as whoever the page is for. */
export async function get(address: string): Promise<Response> {
  return fetch(named(address), { credentials: page.signed ? "same-origin" : "omit", headers: { "X-OpenRosa-Version": "1.0" } });
}

const TYPES: Record<string, string> = {
  csv: "text/csv",
  xml: "text/xml",
  geojson: "application/geo+json",
  json: "application/json",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  wav: "audio/wav",
  ogg: "audio/ogg",
  mp4: "video/mp4",
  webm: "video/webm",
};

/** A file that the form names (`jr://images/a.png`). The server sends bytes; what they are, the name says. */
export async function attachment(resource: URL): Promise<Response> {
  const name = decodeURIComponent(resource.href.split("/").at(-1) ?? "");
  if (resource.href.startsWith("jr://instance/")) return new Response("", { status: 404 });
  const response = await get(page.attachments + encodeURIComponent(name));
  if (!response.ok) return new Response("", { status: response.status });
  const type = TYPES[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
  return new Response(await response.blob(), { status: 200, headers: { "Content-Type": type } });
}

/** A name for this device that says nothing about it; forgotten with everything else. */
export function deviceId(): string {
  let id = localStorage.getItem("dtm-device");
  if (!id) {
    id = `dtm-web:${crypto.randomUUID()}`;
    localStorage.setItem("dtm-device", id);
  }
  return id;
}
