// Fits `@getodk/web-forms` to our pages while it is bundled.
//
// The library is published as one bundled file that writes its styles into the page, carries its fonts and its two
// WebAssembly modules as text, speaks English only, draws its maps on tiles from elsewhere, and has no way to keep what
// is half filled. Here the styles become a style sheet (without the fonts, and without the classes that nothing uses),
// the modules become files, the words come from our Fluent files, the maps have no tiles, and a form that is shown can
// be read and begun from a draft. Each change names the text it replaces and how often that stands there: a new version
// of the library in which one is missing does not build, so none is lost in silence.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";
import { withoutUnused } from "./styles.ts";

type Change = [from: string, to: string, times?: number];

const say = (key: string, args = "") => `dtmSay("${key}"${args})`;

/** The bundled engine, controls and theme. */
const INDEX: Change[] = [
  // Without words of its own: errors.
  ['constraintMsg: "Condition not satisfied: constraint"', `constraintMsg: ${say("fill-lib-constraint")}`],
  ['requiredMsg: "Condition not satisfied: required"', `requiredMsg: ${say("fill-lib-required")}`],
  ['"An error occurred while loading this form"', say("fill-lib-load-failed")],
  ['"Technical error details"', say("fill-lib-technical")],
  ['"1 question with error."', say("fill-lib-errors", ", { n: 1 }")],
  ["`${QA} questions with errors.`", say("fill-lib-errors", ", { n: QA }")],
  [
    '"Location unavailable. Enable GPS and browser permissions, then restart the form to try again."',
    say("fill-lib-no-background-location"),
  ],
  // Controls.
  ['label: "Change language"', `label: ${say("fill-lib-language")}`],
  ['"aria-label": "change language"', `"aria-label": ${say("fill-lib-language")}`],
  ['label: "Send"', `label: ${say("fill-send")}`],
  ['{ class: "caption" }, "Powered by"', `{ class: "caption" }, ${say("fill-lib-made-with")}`],
  ['label: "Cancel"', `label: ${say("fill-cancel")}`],
  ['label: "Save location"', `label: ${say("fill-lib-location-save")}`],
  ['label: "Remove"', `label: ${say("fill-lib-remove")}`],
  ['literal: "Repeat Item"', `literal: ${say("fill-lib-repeat")}`],
  ['createTextVNode(" Add ", -1)', `createTextVNode(${say("fill-lib-add")} + " ", -1)`],
  ['"Rank items"', say("fill-lib-rank")],
  ['"Take picture"', say("fill-lib-take-picture")],
  ['"Choose image"', say("fill-lib-choose-image")],
  ['"Captured image preview"', say("fill-lib-image-preview")],
  ['"Good accuracy"', say("fill-lib-accuracy-good"), 2],
  ['"Poor accuracy"', say("fill-lib-accuracy-poor")],
  ['"Unknown accuracy"', say("fill-lib-accuracy-unknown")],
  ['"Finding your location"', say("fill-lib-location-finding")],
  ['"Get location"', say("fill-lib-location-get")],
  ['"Try again"', say("fill-lib-location-again")],
  ['"Cannot access location"', say("fill-lib-location-refused")],
  [
    '"Grant location permission in the browser settings and make sure location is turned on."',
    say("fill-lib-location-allow"),
  ],
  ['"Time taken to capture location: "', `${say("fill-lib-location-time")} + " "`],
  [
    '" Location will be saved at " + toDisplayString(eA.options.accuracyThreshold) + " m "',
    say("fill-lib-location-at", ", { m: eA.options.accuracyThreshold }"),
  ],
  [
    '" Previous saved location at " + toDisplayString(unref(truncateDecimals)(rA.value.value, nA)) + " m "',
    say("fill-lib-location-before", ", { m: unref(truncateDecimals)(rA.value.value, nA) }"),
  ],
  [
    '"Accuracy: " + toDisplayString(unref(truncateDecimals)(oA.accuracy, { decimals: 3 })) + " m,"',
    say("fill-lib-accuracy", ", { m: String(unref(truncateDecimals)(oA.accuracy, { decimals: 3 })) }"),
  ],
  ['"Latitude: " + toDisplayString(oA.latitude) + ","', say("fill-lib-latitude", ", { degrees: String(oA.latitude) }")],
  [
    '"Longitude: " + toDisplayString(oA.longitude) + "."',
    say("fill-lib-longitude", ", { degrees: String(oA.longitude) }"),
  ],
  // Styles that are made while the page runs go through the style sheet interface, which needs no hole in the content
  // security policy.
  [
    'const tA = document.createElement("style");\n    tA.textContent = resetStyles, document.head.prepend(tA), eA.use(',
    'dtmStyle("reset", resetStyles, true), eA.use(',
  ],
  [
    "function useStyle(eA) {",
    `function useStyle(eA, tA = {}) {
  const name = tA.name ?? "style_" + ++_id, css = ref(eA), isLoaded = ref(false);
  const load = (text, more = {}) => {
    if (isLoaded.value) return;
    if (text) css.value = text;
    dtmStyle(more.name ?? name, css.value, tA.first);
    isLoaded.value = true;
    watch(css, (now) => dtmStyle(more.name ?? name, now, tA.first));
  };
  if (tA.immediate !== false && !tA.manual) load();
  return { id: tA.id, name, el: ref(null), css, unload() {}, load, isLoaded: readonly(isLoaded) };
}
function useStyleElement(eA) {`,
  ],
  // Markup in a label may colour its words; as an attribute that would be an inline style.
  [
    "purify = (eA) => purify$1.sanitize(eA.unsafeHtml, DOM_PURIFY_SETTINGS)",
    'purify = (eA) => purify$1.sanitize(eA.unsafeHtml, DOM_PURIFY_SETTINGS).replaceAll(" style=", " data-style=")',
  ],
  // Code that comes as text is not run, and the grammar has none.
  ["                    eval(func);", "                    throw new Error(func);"],
  ["moduleExports[name] = eval(func);", "throw new Error(func);"],
  // Pictures are made smaller in the page itself: a worker from a blob would need another hole in the policy.
  ['features: ["js", "wasm", "ww"]', 'features: ["js", "wasm"]'],
  ["return new File([nA], eA.name);", "return new File([nA], eA.name, { type: nA.type });"],
  // A form that is shown is handed to the page, and can begin from what was kept of it.
  [
    "const rA = resolvableFormInstanceInput(tA.editInstance), oA = await AA.editInstance(rA, nA);",
    `const rA = tA.editInstance.draft ?? resolvableFormInstanceInput(tA.editInstance), oA = tA.editInstance.draft
      ? await AA.restoreInstance(rA, nA)
      : await AA.editInstance(rA, nA);`,
  ],
  [
    "EA.value = QA.instance?.mode === \"edit\";",
    "EA.value = QA.instance?.mode === \"edit\"; dtmShown(QA);",
  ],
];

/** The map of geographic questions, loaded when one is asked. */
const MAP: Change[] = [
  // The map shows the point, line or area on an empty ground: tiles would tell another server where people are.
  ["layers: [new wy({ source: new Xy() })]", "layers: []"],
  ['"Graphics issue detected"', say("fill-lib-map-graphics")],
  [
    '"Your browser cannot display the map now. Enable graphics acceleration settings."',
    say("fill-lib-map-graphics-advice"),
  ],
  ['"Cannot access location"', say("fill-lib-location-refused")],
  [
    '"Grant location permission in the browser settings and make sure location is turned on."',
    say("fill-lib-location-allow"),
  ],
  ['"Remove selection"', say("fill-lib-map-unselect")],
  ['"Save selected"', say("fill-lib-map-select")],
  ['"No trace saved"', say("fill-lib-map-no-trace")],
  ['"No shape saved"', say("fill-lib-map-no-shape")],
  ['"No point saved"', say("fill-lib-map-no-point")],
  ['"Point saved"', say("fill-lib-map-point"), 2],
  ['"Trace saved"', say("fill-lib-map-trace")],
  ['"Shape saved"', say("fill-lib-map-shape")],
  ['"Feature saved"', say("fill-lib-map-shape")],
  ['"Capturing location..."', say("fill-lib-location-finding")],
  ['"mobile-only" }, "Remove"', `"mobile-only" }, ${say("fill-lib-remove")}`],
  ['"Remove point"', say("fill-lib-map-remove-point")],
  ['"View details"', say("fill-lib-map-details")],
  ['"Advanced"', say("fill-lib-map-advanced")],
  ['"File is empty."', say("fill-lib-map-file-empty")],
  ['"Unsupported file type. Please upload a .geojson file."', say("fill-lib-map-file-type")],
  ['"Failed to parse file. Ensure it is a valid GeoJSON."', say("fill-lib-map-file-bad")],
  ['"Incorrect geometry type."', say("fill-lib-map-file-other")],
  ['"Import data to replace location"', say("fill-lib-map-import"), 2],
  ['"Paste data in ODK format"', say("fill-lib-map-paste")],
  ['"Enter as: Lat Long Alt Acc (e.g. 45.5 -122.6 15 2; 45.6 -122.7 12 3)"', say("fill-lib-map-paste-how")],
  ['"Upload a GeoJSON file"', say("fill-lib-map-upload")],
  ['"Upload file"', say("fill-lib-map-upload-do")],
  ['label: "Save"', `label: ${say("fill-lib-map-save")}`],
  ['"Press and drag to move a point"', say("fill-lib-map-drag")],
  ['"Tap to place a point"', say("fill-lib-map-tap")],
  ['"Tap to move point"', say("fill-lib-map-tap-move")],
  ['"Longitude"', say("fill-lib-map-longitude")],
  ['"Latitude"', say("fill-lib-map-latitude")],
  ['"Altitude"', say("fill-lib-map-altitude")],
  ['"Accuracy"', say("fill-lib-map-accuracy")],
  ['label: "Delete"', `label: ${say("fill-lib-map-delete")}`],
  ['title: "Delete"', `title: ${say("fill-lib-map-delete")}`],
  ['"Delete entire shape?"', say("fill-lib-map-delete-shape")],
  ['"Delete entire trace?"', say("fill-lib-map-delete-trace")],
  ['" Are you sure you want to delete this entire shape and start over? "', say("fill-lib-map-delete-sure")],
  ['" Are you sure you want to delete this entire trace and start over? "', say("fill-lib-map-delete-sure")],
  ['"Full Screen"', say("fill-lib-map-full")],
  ['"Zoom to fit"', say("fill-lib-map-fit")],
  ['"Zoom to current location"', say("fill-lib-map-here")],
  ['"Undo last change"', say("fill-lib-map-undo")],
  ['"Zoom in"', say("fill-lib-map-nearer")],
  ['"Zoom out"', say("fill-lib-map-farther")],
  ['"Use the location button to center on your current location"', say("fill-lib-map-centre")],
  ['"Get location"', say("fill-lib-location-get")],
];

function changed(code: string, changes: Change[], file: string): string {
  for (const [from, to, times = 1] of changes) {
    const parts = code.split(from);
    if (parts.length - 1 !== times) {
      throw new Error(
        `${file}: this version of @getodk/web-forms has «${from}» ${parts.length - 1} times, not ${times}; ` +
          "look at web/build/library.ts",
      );
    }
    code = parts.join(to);
  }
  return code;
}

const INJECTED =
  /\(function\(\)\{"use strict";try\{if\(typeof document<"u"\)\{var (\w+)=document\.createElement\("style"\);\1\.appendChild\(document\.createTextNode\('((?:[^'\\]|\\.)*)'\)\),document\.head\.appendChild\(\1\)\}\}catch\((\w+)\)\{console\.error\("vite-plugin-css-injected-by-js",\3\)\}\}\)\(\);/;

/** The styles that a file of the library writes into the page, and the file without them. */
function styles(code: string, file: string): { css: string; rest: string } {
  const found = INJECTED.exec(code);
  if (!found?.[2]) throw new Error(`${file}: the styles are not where they were; look at web/build/library.ts`);
  const css = JSON.parse(`"${found[2].replace(/\\'/g, "'").replace(/\\?"/g, '\\"')}"`) as string;
  return { css, rest: code.replace(found[0], "") };
}

const WASM = /"data:application\/wasm;base64,([A-Za-z0-9+/=]+)"/g;

export function formLibrary(root: string): Plugin {
  const library = join(root, "node_modules/@getodk/web-forms/dist");
  const made = join(root, "node_modules/.made");
  const put = (name: string, content: string | Buffer) => {
    mkdirSync(made, { recursive: true });
    writeFileSync(join(made, name), content);
    return JSON.stringify(join(made, name));
  };
  return {
    name: "form-library",
    enforce: "pre",
    transform(code, id) {
      if (dirname(id) !== library) return null;
      const file = id.slice(library.length + 1).split("?")[0] ?? "";
      const head = [`import { say as dtmSay } from ${JSON.stringify(join(root, "src/fill/words.ts"))};`];
      if (file === "index.js") {
        const { css, rest } = styles(code, file);
        const scripts = readdirSync(library).filter((name) => name.endsWith(".js") && name !== file);
        const used = wordsOf(scripts.map((name) => readFileSync(join(library, name), "utf8")));
        return { code: `import ${put("form.css", withoutUnused(css, used))};\n${rest}`, map: null };
      }
      if (file.startsWith("MapBlock-")) {
        return { code: `${head.join("\n")}\n${changed(code, MAP, file)}`, map: null };
      }
      if (file.startsWith("index-")) {
        head.push(`import { adopt as dtmStyle } from ${JSON.stringify(join(root, "src/fill/adopted.ts"))};`);
        head.push(`import { shown as dtmShown } from ${JSON.stringify(join(root, "src/fill/shown.ts"))};`);
        let n = 0;
        code = changed(code, INDEX, file).replace(WASM, (_, text: string) => {
          const name = ["grammar.wasm", "parser.wasm"][n++];
          if (!name) throw new Error(`${file}: more WebAssembly than we know; look at web/build/library.ts`);
          head.push(`import dtmWasm${n} from ${put(name, Buffer.from(text, "base64")).replace(/"$/, '?url"')};`);
          return `dtmWasm${n}`;
        });
        return { code: `${head.join("\n")}\n${code}`, map: null };
      }
      return null;
    },
  };
}

/** Everything in a text that could be the name of a class. */
function wordsOf(texts: string[]): Set<string> {
  return new Set(texts.flatMap((text) => text.match(/[A-Za-z][\w-]*/g) ?? []));
}
