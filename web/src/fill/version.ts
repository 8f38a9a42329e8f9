// What makes a changed submission a new version of the one that was opened: the names in its `meta`.
//
// The form engine writes them itself where the stored XML speaks of `meta` with the prefix of the form. Other programs
// choose another prefix for the same namespace; then the engine sees no name, and the server would take a second
// submission for what is a second version.

/** The namespace of `meta` where a form has none. */
const OPENROSA = "http://openrosa.org/xforms";

const parse = (xml: string) => new DOMParser().parseFromString(xml, "text/xml");
const child = (of: Element, name: string) => [...of.children].find(({ localName }) => localName === name);
const words = (of?: Element) => of?.textContent?.trim() ?? "";

/** A name that no other submission bears. */
export const freshName = () => `uuid:${crypto.randomUUID()}`;

/** The submission's own name, which makes sending it twice harmless; nothing where it has none. */
export function instanceId(xml: string): string {
  const meta = child(parse(xml).documentElement, "meta");
  return words(meta && child(meta, "instanceID"));
}

/** The XML as a version of the submission of that name: untouched where it says so already. */
export function asVersionOf(opened: string, xml: string): string {
  const document = parse(xml);
  const root = document.documentElement;
  const meta = child(root, "meta") ?? root.appendChild(document.createElementNS(OPENROSA, "orx:meta"));
  let isMended = false;
  const say = (name: string, isRight: (value: string) => boolean, right: string) => {
    const found = child(meta, name);
    if (isRight(words(found))) return;
    const prefix = meta.prefix ? `${meta.prefix}:` : "";
    const element = found ?? meta.appendChild(document.createElementNS(meta.namespaceURI, prefix + name));
    element.textContent = right;
    isMended = true;
  };
  say("instanceID", (value) => value !== "" && value !== opened, freshName());
  say("deprecatedID", (value) => value === opened, opened);
  return isMended ? new XMLSerializer().serializeToString(document) : xml;
}
