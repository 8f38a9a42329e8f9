// Fills in a form in Chromium as a person would: in two languages, with a mistake, with a photo, without a line, with a
// line that breaks after the server has stored, with a draft. `crates/dtm/tests/it/web_forms.rs` starts it on a server
// of its own and looks afterwards at what the server has.
//
// In: DTM_PAGE the address of a page that fills in the form of that test, DTM_OFFICE the one for those signed in (as
// DTM_EMAIL with DTM_PASSWORD), DTM_PHOTO a file, and what `hands.mjs` asks for.

import assert from "node:assert/strict";
import { open } from "./hands.mjs";

const { DTM_PAGE: address, DTM_PHOTO: photo } = process.env;
const { DTM_OFFICE: office, DTM_EMAIL: email, DTM_PASSWORD: password } = process.env;
const hands = await open(new URL(address).origin);
const { browser, context, page, line, offline, shot, text, shown, gone, people, answer, press, ready, signIn, step } = hands;

await step("the form speaks French to those who ask for it", async () => {
  await page.goto(`${address}?lang=fr`);
  await ready();
  await shown("Personnes déplacées");
  await shown("Ce qui est gardé sur cet appareil");
  assert.equal(await page.getAttribute("html", "lang"), "fr");
  await answer(5000);
  await press("Envoyer");
  await shown("Moins de mille, s’il vous plaît");
  await shown("1 question demande votre attention.");
  await shot("french");
});

await step("an answer that cannot be right is pointed out and not sent", async () => {
  await page.goto(`${address}?lang=en`);
  await Promise.race([ready(), shown("You have begun already")]);
  if (await text("You have begun already").isVisible()) await press("Begin anew");
  await ready();
  await shown("Displaced people");
  await answer(5000);
  await press("Send");
  await shown("Fewer than a thousand, please");
  await shown("1 question needs attention.");
});

await step("nothing sticks out of a small screen", async () => {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide`);
});

await step("a form with a photo is sent and thanked for", async () => {
  await answer(41);
  await page.locator("input[type=file]:not([capture])").first().setInputFiles(photo);
  await page.locator(".preview-captured-image img").waitFor();
  await shot("filled");
  await press("Send");
  await shown("Sent. Thank you.");
  await shot("sent");
});

await step("the page opens without a line, and keeps what is finished", async () => {
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  // With the worker in charge, as on any second visit.
  await page.reload();
  await ready();
  await page.waitForFunction(async () => {
    const kept = await (await caches.open("dtm-pages")).keys();
    return kept.some(({ url }) => url === location.href) && kept.some(({ url }) => new URL(url).pathname.endsWith(".xml"));
  });
  await offline(true);
  await page.reload();
  await ready();
  await shown("No connection.");
  await answer(42);
  await press("Send");
  await shown("1 waiting to be sent");
  await shown("They are sent as soon as there is a connection");
  await shot("kept");
});

await step("what is begun survives a reload, without a line too", async () => {
  await press("Fill in another");
  await ready();
  await answer(43);
  await shown("Kept on this device, ");
  await page.reload();
  await shown("You have begun already");
  await shot("draft");
  await press("Continue");
  await ready();
  assert.equal(await people().inputValue(), "43");
  await press("Send");
  await shown("2 waiting to be sent");
});

await step("what waits is sent when the line is back", async () => {
  await offline(false);
  await gone("waiting to be sent");
  const left = await page.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.open("dtm-fill").onsuccess = ({ target }) => {
          const count = target.result.transaction("waiting").objectStore("waiting").count();
          count.onsuccess = () => resolve(count.result);
        };
      }),
  );
  assert.equal(left, 0);
});

await step("a line that breaks after the server has stored doubles nothing", async () => {
  await page.reload();
  await ready();
  let times = 0;
  await context.route("**/submission?*", async (route) => {
    if (times++) return route.continue();
    await route.fetch();
    return route.abort("connectionreset");
  });
  line.isCut = true;
  await answer(44);
  await press("Send");
  await shown("They are sent as soon as there is a connection");
  line.isCut = false;
  // The service worker, woken by the browser, may be faster than the hand.
  await page.getByRole("button", { name: "Send now" }).click({ timeout: 3000 }).catch(() => {});
  await gone("waiting to be sent");
  assert.ok(times > 0, "the first attempt went through the broken line");
  await context.unroute("**/submission?*");
});

await step("what the server refuses is kept, with the reason, and can be sent again", async () => {
  await page.reload();
  await ready();
  const body =
    '<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message>Closed &amp; done.</message></OpenRosaResponse>';
  await context.route("**/submission?*", (route) => route.fulfill({ status: 409, contentType: "text/xml", body }));
  line.isCut = true;
  await answer(45);
  await press("Send");
  await shown("Closed & done.");
  await shown("The server did not take this form.");
  await shot("refused");
  await context.unroute("**/submission?*");
  await page.reload();
  line.isCut = false;
  await shown("Closed & done.");
  await press("Try again");
  await gone("Closed & done.");
});

await step("everything on the device is forgotten when asked", async () => {
  await page.reload();
  await ready();
  await answer(46);
  await shown("Kept on this device, ");
  assert.ok(await page.evaluate(() => localStorage.length > 0));
  await text("What is kept on this device").click();
  await Promise.all([page.waitForEvent("load"), press("Forget everything on this device")]);
  await ready();
  assert.equal(await text("You have begun already").isVisible(), false);
});

await step("somebody signed in sends in their own name", async () => {
  await page.goto(office);
  await signIn(email, password);
  await ready();
  await answer(47);
  await press("Send");
  await shown("Sent. Thank you.");
});

await step("their page opens without a line as well", async () => {
  await page.goto(office);
  await ready();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await ready();
  await page.waitForFunction(async () => !!(await (await caches.open("dtm-pages")).match(location.href)));
  await offline(true);
  await page.reload();
  await ready();
  await shown("No connection.");
  await offline(false);
});

await step("what was sent is changed in the browser, and is one submission still", async () => {
  const list = office.replace(/\/office\/.*/, "/v1/projects/1/forms/visit/submissions");
  const all = await page.evaluate(async (address) => (await fetch(address)).json(), list);
  const newest = all.sort((a, b) => a.createdAt.localeCompare(b.createdAt)).at(-1).instanceId;
  await page.goto(office.replace(/fill$/, `edit/${encodeURIComponent(newest)}`));
  await ready();
  assert.equal(await people().inputValue(), "47");
  await answer(48);
  await shot("edit");
  await press("Send");
  await shown("Sent. Thank you.");
  const after = await page.evaluate(async (address) => (await fetch(address)).json(), list);
  assert.equal(after.length, all.length);
});

await browser.close();
