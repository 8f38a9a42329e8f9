// Looks at pages of the office in Chromium, on a small and a large screen and in both languages, with everything that is
// folded away opened; says each rule of WCAG 2.2 AA that is broken, each page that is wider than its screen, and markup that is
// shown as words.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const { base, token, pages, web, browser } = JSON.parse(process.argv[2]);
const { chromium } = createRequire(join(web, "package.json"))("playwright-core");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const running = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] });
try {
  for (const [width, language] of [[360, "fr"], [1280, "en"]]) {
    // The pages allow no script, and need none; the one that looks at them is ours.
    const context = await running.newContext({ viewport: { width, height: 800 }, bypassCSP: true });
    await context.addCookies([
      { name: "dtm", value: token, url: base },
      { name: "dtm-lang", value: language, url: base },
    ]);
    const page = await context.newPage();
    for (const path of pages) {
      await page.goto(base + path);
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) console.log(`${path} ${language} is ${wide} px wide on a screen of ${width}`);
      const spilt = await page.evaluate(() => {
        // Code that is shown to be copied is meant to look like markup.
        const copy = document.body.cloneNode(true);
        copy.querySelectorAll("pre, code, script, textarea").forEach((one) => one.remove());
        return copy.textContent.match(/.{0,40}">/)?.[0];
      });
      if (spilt) console.log(`${path} ${language} shows markup: ${spilt}`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate((values) => axe.run(document, { runOnly: values }), rules);
      for (const { id, help, nodes } of violations) {
        const where = nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ");
        console.log(`${path} ${language} ${width}: ${id}: ${help} (${nodes.length}: ${where})`);
      }
    }
    await context.close();
  }
} finally {
  await running.close();
}
