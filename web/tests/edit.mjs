// Changes an encrypted submission in Chromium: closed to who has not opened the key, then opened, changed and sent.
// `crates/dtm/tests/it/web_forms.rs` starts it and looks afterwards at what the server has.
//
// In: DTM_PAGE where the submission is changed, DTM_UNLOCK where the key is opened, with DTM_PASSPHRASE; DTM_EMAIL and
// DTM_PASSWORD of somebody who may; and what `hands.mjs` asks for.

import assert from "node:assert/strict";
import { open } from "./hands.mjs";

const { DTM_PAGE: address, DTM_UNLOCK: unlock, DTM_PASSPHRASE: passphrase } = process.env;
const { DTM_EMAIL: email, DTM_PASSWORD: password } = process.env;
const hands = await open(new URL(address).origin);
const { browser, page, line, shot, shown, people, answer, press, ready, signIn, step } = hands;

await step("who has not opened the key is told so", async () => {
  // The browser itself complains of the page's 403.
  line.isCut = true;
  await page.goto(unlock);
  await signIn(email, password);
  await page.locator("input[name=passphrase]").waitFor({ state: "attached" });
  await page.goto(address);
  await shown("encrypted");
  assert.equal(await page.locator(".odk-form").count(), 0);
  line.isCut = false;
});

await step("with the key the answers are there, are changed and sent", async () => {
  await page.goto(unlock);
  const secret = page.locator("input[name=passphrase]");
  if (!(await secret.isVisible())) await page.locator("details", { has: secret }).locator("summary").first().click();
  await secret.fill(passphrase);
  await page.getByRole("button", { name: "Open for this session", exact: true }).click();
  await shown("Encrypted answers can be read in this session.");
  await page.goto(address);
  await ready();
  assert.equal(await people().inputValue(), "47");
  await answer(48);
  await shot("edit-encrypted");
  await press("Send");
  await shown("Sent. Thank you.");
});

await step("nothing of it is kept on the device", async () => {
  const kept = await page.evaluate(async () => {
    const names = await caches.keys();
    const texts = [JSON.stringify({ ...localStorage })];
    for (const name of names) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) texts.push(await (await cache.match(request)).text());
    }
    return texts.join("\n");
  });
  assert.ok(!kept.includes("<idp_ind>47") && !kept.includes("<idp_ind>48"));
});

await browser.close();
