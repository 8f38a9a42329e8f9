// Opens a submission in the engine behind ODK Web Forms, and prints a JSON line for each answer: where it stands, whether
// the form asks for it, what it breaks, and its value once everything is calculated anew.
// node examine.mjs FORM SUBMISSION
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

// The packages lie in the folder that DTM_XFORMS_ENGINE names, not beside this file.
const require = createRequire(`${process.env.DTM_XFORMS_ENGINE}/package.json`);
const { JSDOM } = require('jsdom');
const dom = new JSDOM('').window;
for (const name of ['DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'XMLDocument', 'Attr', 'Text', 'CharacterData', 'NodeFilter', 'XPathResult', 'document']) {
  globalThis[name] ??= dom[name];
}
// The engine's parser looks for its own folder in the older way.
Object.assign(globalThis, { require, __dirname: process.env.DTM_XFORMS_ENGINE, __filename: '' });
const engine = `${process.env.DTM_XFORMS_ENGINE}/node_modules/@getodk/xforms-engine/dist/index.js`;
const { loadForm } = await import(engine);

const [form, submission] = process.argv.slice(2);
const loaded = await loadForm(readFileSync(form, 'utf8'), { missingResourceBehavior: 'BLANK' });
if (loaded.status === 'failure') throw loaded.error;
const data = new FormData();
data.append('xml_submission_file', new File([readFileSync(submission)], 'xml_submission_file', { type: 'text/xml' }));
const { root } = await loaded.restoreInstance({ data: [data] });

const queue = [root];
for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
  const state = node.currentState;
  if (state.children != null) {
    queue.unshift(...state.children);
  } else {
    const breaks = node.validationState?.violation?.condition ?? null;
    console.log(JSON.stringify({ path: state.reference, relevant: state.relevant, breaks, value: state.instanceValue ?? '' }));
  }
}
