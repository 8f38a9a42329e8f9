// Changes in Chromium a submission whose `meta` bears another prefix than the form's: at once, and from a draft.
// `crates/dtm/tests/it/web_forms.rs` starts it and looks afterwards at what the server has.
//
// In: DTM_PAGE where the submission is changed; DTM_EMAIL and DTM_PASSWORD of somebody who may; and what `hands.mjs`
// asks for.

import assert from "node:assert/strict";
import { open } from "./hands.mjs";

const { DTM_PAGE: address, DTM_EMAIL: email, DTM_PASSWORD: password } = process.env;
const hands = await open(new URL(address).origin);
const { browser, page, shown, people, answer, press, ready, signIn, step } = hands;

await step("its answers are there, are changed and sent", async () => {
  await page.goto(new URL("/office", address).href);
  await signIn(email, password);
  await page.goto(address);
  await ready();
  assert.equal(await people().inputValue(), "47");
  await answer(48);
  await press("Send");
  await shown("Sent. Thank you.");
});

await step("a change that was interrupted is a version, too", async () => {
  await page.goto(address);
  await ready();
  assert.equal(await people().inputValue(), "48");
  await answer(49);
  await shown("Kept on this device, ");
  await page.reload();
  await press("Continue");
  await ready();
  assert.equal(await people().inputValue(), "49");
  await press("Send");
  await shown("Sent. Thank you.");
});

await browser.close();
