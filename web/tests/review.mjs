// A reviewer's day in Chromium, the line cut in the middle of it; a colleague reviews the same records meanwhile.
// `crates/dtm/tests/it/reviewing.rs` starts it and looks afterwards at what the server has.
//
// In: DTM_PAGE the review page of a round with three records; DTM_EMAIL and DTM_PASSWORD of the reviewer, DTM_COLLEAGUE
// of somebody else who may review; and what `hands.mjs` asks for.

import assert from "node:assert/strict";
import { open } from "./hands.mjs";

const { DTM_PAGE: address, DTM_EMAIL: email, DTM_PASSWORD: password, DTM_COLLEAGUE: colleague } = process.env;
const { origin } = new URL(address);
const hands = await open(origin);
const { browser, context, page, line, offline, shot, shown, signIn, step } = hands;
const detail = () => page.locator("#detail h2").first();
const record = async () => (await detail().locator("a").getAttribute("href")) ?? "";
const decide = (word) => page.locator("#detail form.verdict").getByRole("button", { name: word, exact: true }).click();
const at = async (word) => assert.match(await detail().textContent(), word);
const records = [];

await step("a decision leads on to the next record, and can be taken back", async () => {
  await page.goto(`${origin}/office/sign-in`);
  await signIn(email, password);
  await page.goto(address);
  for (const link of await page.locator("a[data-record]").all()) records.push(await link.getAttribute("href"));
  assert.equal(records.length, 3);
  const first = await record();
  await decide("Approve");
  await shown("submission was reviewed");
  assert.notEqual(await record(), first);
  await page.getByRole("button", { name: "Undo", exact: true }).first().click();
  await shown("as it was before");
  await page.goto(address);
  await shot("review");
});

await step("the records are taken along", async () => {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await page.locator("#take").click();
  await shown("3 records are kept on this device");
});

await step("without a line what is decided is kept, and the next record opens", async () => {
  await offline(true);
  const first = await record();
  await decide("Reject");
  await page.waitForURL((url) => url.search.includes("at="));
  await shown("One decision waits on this device");
  assert.notEqual(await record(), first);
  const comment = page.locator("#comment");
  await comment.fill("Call the school again");
  await page.locator("form", { has: comment }).getByRole("button").click();
  await shown("2 decisions wait on this device");
  await decide("Approve");
  await shown("3 decisions wait on this device");
  await shot("review-without-a-line");
});

await step("a colleague reviews the first record meanwhile", async () => {
  const other = await browser.newContext({ locale: "en-GB" });
  const theirs = await other.newPage();
  await theirs.goto(`${origin}/office/sign-in`);
  await theirs.locator("input[name=email]").fill(colleague);
  await theirs.locator("input[name=password]").fill(password);
  await theirs.locator("main form button").first().click();
  await theirs.goto(address);
  await theirs.locator("#detail form.verdict").getByRole("button", { name: "Approve", exact: true }).click();
  await theirs.getByText("submission was reviewed").waitFor();
  await other.close();
});

await step("with the line back all goes out, and the reviewer is told what the colleague did", async () => {
  await offline(false);
  // The browser itself complains of the 409.
  line.isCut = true;
  await page.goto(address);
  await shown("Not done, as the record changed meanwhile");
  await page.getByRole("button", { name: "Look and decide", exact: true }).click();
  await shown("somebody else changed it");
  await shown(colleague);
  await shot("review-overtaken");
  await page.getByRole("button", { name: "Do it all the same", exact: true }).click();
  await shown("submission was reviewed");
  await page.goto(`${origin}${records[0]}`);
  await at(/rejected/);
  await page.goto(`${origin}${records[1]}`);
  await at(/approved/);
  await shown("Call the school again");
  assert.equal(await page.locator("#line").isVisible(), false);
  line.isCut = false;
});

await step("who signs out leaves no record on the device", async () => {
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL((url) => !url.search.includes("at="));
  await page.waitForFunction(async () => !(await caches.keys()).includes("dtm-office"));
});

await context.close();
await browser.close();
