// A browser and the hands of a person in it, for the tests beside.
//
// In: DTM_CHROMIUM the browser, DTM_SHOTS a folder for pictures of the pages (optional); the origin of the server. Out: one
// line a step; the first that fails ends the test with 1.

import assert from "node:assert/strict";
import { join } from "node:path";
import { chromium } from "playwright-core";

const { DTM_CHROMIUM: executablePath, DTM_SHOTS: shots } = process.env;

/** Opens a small screen on a server. A page must not complain in the console, fail, or ask another server. */
export const open = async (origin) => {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "en-GB" });
  const complaints = [];
  /** While the line is cut on purpose the browser says so itself. */
  const line = { isCut: false };
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(blob|data):/.test(url)) complaints.push(`asks elsewhere: ${url}`);
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("dialog", (dialog) => void dialog.accept());
  page.on("pageerror", (error) => complaints.push(`fails: ${error.message}`));
  page.on("console", (message) => {
    const isIcon = message.location().url.endsWith("/favicon.ico");
    if (["error", "warning"].includes(message.type()) && !line.isCut && !isIcon) complaints.push(`says: ${message.text()}`);
  });

  const offline = async (is) => {
    line.isCut = is;
    await context.setOffline(is);
  };
  const shot = async (name) => {
    if (!shots) return;
    for (const [width, height] of [[1280, 800], [360, 740]]) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: join(shots, `${name}-${width}.png`), fullPage: true });
    }
  };
  const text = (words) => page.getByText(words, { exact: false }).first();
  const shown = (words) => text(words).waitFor({ state: "visible" });
  const gone = (words) => text(words).waitFor({ state: "detached" });
  const people = () => page.locator(".odk-form input[inputmode], .odk-form input[type=text]").first();
  const answer = async (n) => {
    await people().click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(String(n));
    await people().blur();
  };
  const press = (word) => page.getByRole("button", { name: word, exact: true }).click();
  const ready = () => page.locator(".odk-form").waitFor();
  const signIn = async (email, password) => {
    await page.locator("input[name=email]").fill(email);
    await page.locator("input[name=password]").fill(password);
    await page.locator("main form button").first().click();
  };
  const step = async (name, act) => {
    try {
      await act();
      assert.deepEqual(complaints, [], "the page complained");
      console.log(`ok    ${name}`);
    } catch (error) {
      console.log(`FAILS ${name}\n${error.stack}\n${complaints.join("\n")}`);
      if (shots) await page.screenshot({ path: join(shots, "failed.png"), fullPage: true }).catch(() => {});
      await browser.close();
      process.exit(1);
    }
  };
  return { browser, context, page, line, offline, shot, text, shown, gone, people, answer, press, ready, signIn, step };
};
