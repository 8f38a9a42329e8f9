// Leaves out of a style sheet what nothing uses: fonts that would be carried along (the page has the system's), and
// rules whose classes stand nowhere in the script that could set them.

type Rule = { head: string; body: string | Rule[] };

/** Reads minified CSS into rules; a rule whose body holds rules (`@media`) has them as a list. */
function read(css: string): Rule[] {
  const rules: Rule[] = [];
  let at = 0;
  while (at < css.length) {
    const open = indexOutside(css, "{", at);
    const semicolon = indexOutside(css, ";", at);
    if (semicolon >= 0 && (open < 0 || semicolon < open)) {
      rules.push({ head: css.slice(at, semicolon + 1), body: "" });
      at = semicolon + 1;
      continue;
    }
    if (open < 0) break;
    const close = closing(css, open);
    const head = css.slice(at, open).trim();
    const inner = css.slice(open + 1, close);
    rules.push({ head, body: /^@(media|supports|layer)/.test(head) ? read(inner) : inner });
    at = close + 1;
  }
  return rules;
}

function indexOutside(css: string, wanted: string, from: number): number {
  let quote = "";
  for (let at = from; at < css.length; at++) {
    const c = css[at];
    if (quote) {
      if (c === "\\") at++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === wanted) return at;
  }
  return -1;
}

function closing(css: string, open: number): number {
  let depth = 0;
  let quote = "";
  for (let at = open; at < css.length; at++) {
    const c = css[at];
    if (quote) {
      if (c === "\\") at++;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "{") depth++;
    else if (c === "}" && --depth === 0) return at;
  }
  return css.length;
}

/** Commas outside brackets part selectors. */
function selectors(head: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < head.length; at++) {
    const c = head[at];
    if (c === "(" || c === "[") depth++;
    else if (c === ")" || c === "]") depth--;
    else if (c === "," && depth === 0) {
      found.push(head.slice(from, at));
      from = at + 1;
    }
  }
  found.push(head.slice(from));
  return found;
}

/** The names of libraries put together while the page runs: they are never left out. */
const COMPOSED = /^(p|ol|odk|icon|sortable)-/;

function isUsed(selector: string, used: Set<string>): boolean {
  const outside = selector.replace(/:not\([^)]*\)/g, "");
  const classes = outside.match(/\.((?:\\.|[\w-])+)/g) ?? [];
  return classes.every((name) => {
    const plain = name.slice(1).replaceAll("\\", "");
    return COMPOSED.test(plain) || used.has(plain);
  });
}

function write(rules: Rule[], used: Set<string>): string {
  return rules
    .map(({ head, body }) => {
      if (head.startsWith("@font-face") || head.startsWith("@charset")) return "";
      if (Array.isArray(body)) {
        const inner = write(body, used);
        return inner && `${head}{${inner}}`;
      }
      if (head.startsWith("@")) return body || !head.endsWith(";") ? `${head}{${body}}` : head;
      const kept = selectors(head).filter((selector) => isUsed(selector, used));
      return kept.length ? `${kept.join(",")}{${body}}` : "";
    })
    .join("");
}

/** `used` are the words of the script. */
export function withoutUnused(css: string, used: Set<string>): string {
  return write(read(css), used);
}
