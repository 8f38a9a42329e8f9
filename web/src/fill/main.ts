// Filling in a form in the browser: begins the island.

import "./secure.ts";
import "./fill.css";
import { webFormsPlugin } from "@getodk/web-forms";
import { createApp } from "vue";
import { paint } from "./adopted.ts";
import { FillIn } from "./fill_in.ts";
import { page } from "./page.ts";
import { controlWords } from "./words.ts";

const place = document.getElementById("fill");
if (place) {
  const app = createApp(FillIn);
  app.use(webFormsPlugin);
  const { config } = app.config.globalProperties.$primevue as { config: { locale: object } };
  Object.assign(config.locale, controlWords());
  app.mount(place);
  paint(place);
}

if (page.worker && "serviceWorker" in navigator) {
  const { script, scope } = page.worker;
  navigator.serviceWorker
    .register(script, { scope, updateViaCache: "none" })
    .then(() => navigator.serviceWorker.ready)
    .then((registration) => {
      // Both languages of this page, the form and its files, so that all of it is there without a line.
      const here = new URL(location.href);
      here.hash = here.search = "";
      const pages = ["", "?lang=en", "?lang=fr"].map((query) => here.href + query);
      registration.active?.postMessage({ keep: pages, form: page.form, attachments: page.attachments });
    })
    .catch(() => {
      // A private window or a server without TLS: the page works, as long as it stays open.
    });
}
