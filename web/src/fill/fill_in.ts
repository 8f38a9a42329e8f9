// The island: a form, what waits to be sent, and what is kept.

import { type EditInstance, OdkWebForm, type Payload } from "@getodk/web-forms";
import { defineComponent, h, onBeforeUnmount, onMounted, ref, shallowRef, toRaw } from "vue";
import { type Draft, draft as draftOf, dropDraft, finish, keepDraft, used, waiting } from "./kept.ts";
import { attachment, deviceId, draftKey, get, hasForm, page } from "./page.ts";
import { type Answers, type Instance, answers, onShown, speak } from "./shown.ts";
import { send } from "./sending.ts";
import { asVersionOf, freshName, instanceId } from "./version.ts";
import { Device, Kept } from "./kept_here.ts";
import { language, moment, say } from "./words.ts";

/** How often unfinished answers are kept. */
const EVERY_MS = 3000;

type Step =
  | { is: "no form" }
  | { is: "loading" }
  | { is: "unreachable" }
  | { is: "offer"; draft: Draft }
  | { is: "filling"; begin?: EditInstance }
  | { is: "finished"; as: "sent" | "kept" | "not-taken" }
  | { is: "used" };

/** A draft as the form engine takes it up again. */
function taken(draft: Draft): EditInstance {
  const data = new FormData();
  data.set("xml_submission_file", new File([draft.xml], "xml_submission_file", { type: "text/xml" }));
  for (const { name, blob } of draft.files) data.set(name, new File([blob], name, { type: blob.type }));
  return { draft: { data: [data] } };
}

/** A stored submission that is to be changed, with the files that came with it, and the name of its newest version. */
async function stored(submission: string): Promise<{ name: string; begin: EditInstance }> {
  const [list, instance] = await Promise.all([get(`${submission}/attachments`), get(`${submission}.xml`)]);
  for (const response of [list, instance]) if (!response.ok) throw new Error(String(response.status));
  const files = (await list.json()) as { name: string; exists: boolean }[];
  const xml = await instance.text();
  const begin: EditInstance = {
    resolveInstance: async () => xml,
    attachmentFileNames: files.filter(({ exists }) => exists).map(({ name }) => name),
    resolveAttachment: (name) => get(`${submission}/attachments/${encodeURIComponent(name)}`),
  };
  const address = submission.split("/").at(-1) ?? "";
  return { name: instanceId(xml) || decodeURIComponent(address), begin };
}

/** Asks the browser, where it can, to wake the service worker when there is a line again. */
async function wake(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  const { sync } = (registration ?? {}) as { sync?: { register(tag: string): Promise<void> } };
  await sync?.register("dtm-send").catch(() => {});
}

const same = (a: Answers, b: Answers) =>
  a.xml === b.xml && a.files.length === b.files.length && a.files.every((file, at) => file === b.files[at]);

export const FillIn = defineComponent({
  name: "FillIn",
  setup() {
    const step = shallowRef<Step>({ is: "loading" });
    const xml = ref("");
    const savedAt = ref(0);
    const round = ref(0);
    let instance: Instance | undefined;
    /** What a new form begins with: nothing, or the submission that is to be changed. */
    let before: { name: string; begin: EditInstance } | undefined;
    /** The name of the version that is being changed: that of the draft where one is continued. */
    let opened = "";
    let last: Answers | undefined;
    let isTouched = false;

    const begin = (draft?: Draft) => {
      instance = last = undefined;
      opened = draft?.opened || before?.name || "";
      round.value++;
      step.value = { is: "filling", begin: draft ? taken(draft) : before?.begin };
    };

    const load = async () => {
      if (!hasForm()) {
        step.value = { is: "no form" };
        return;
      }
      step.value = { is: "loading" };
      if (page.once && (await used(page.owner))) {
        step.value = { is: "used" };
        return;
      }
      try {
        const response = await get(page.form);
        if (!response.ok) throw new Error(String(response.status));
        xml.value = await response.text();
        if (page.edit) before = await stored(page.edit);
      } catch {
        step.value = { is: "unreachable" };
        return;
      }
      const kept = await draftOf(draftKey);
      if (kept) step.value = { is: "offer", draft: kept };
      else begin();
    };

    onShown((shown) => {
      instance = toRaw(shown);
      speak(instance, language);
      last = answers(instance);
      isTouched = false;
    });

    const keep = async () => {
      if (!instance || step.value.is !== "filling") return;
      const now = answers(instance);
      // What a form begins with, or works out by itself, is no draft before somebody has answered.
      if (isTouched && last && !same(last, now)) {
        try {
          await keepDraft(draftKey, page.version, now, opened);
          savedAt.value = Date.now();
        } catch {
          savedAt.value = 0;
        }
      }
      if (isTouched) last = now;
    };
    const timer = setInterval(() => void keep(), EVERY_MS);
    const leave = () => void keep();
    onMounted(() => {
      void load();
      document.addEventListener("visibilitychange", leave);
      addEventListener("pagehide", leave);
    });
    onBeforeUnmount(() => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", leave);
      removeEventListener("pagehide", leave);
    });

    const submit = async (payload: Payload) => {
      const data = payload.data[0];
      const file = data.get("xml_submission_file") as File;
      const sent = await file.text();
      const text = opened ? asVersionOf(opened, sent) : sent;
      const id = instanceId(text) || freshName();
      const files = [...data.entries()]
        .filter(([name]) => name !== "xml_submission_file")
        .map(([name, blob]) => ({ name, blob: blob as File, sent: false }));
      instance = undefined;
      const item = {
        id,
        owner: page.owner,
        title: page.title,
        to: `${page.submission}?deviceID=${encodeURIComponent(deviceId())}`,
        signed: page.signed,
        language,
        finishedAt: Date.now(),
        xml: new Blob([text], { type: "text/xml" }),
        files,
      };
      await finish(item, draftKey, page.once);
      savedAt.value = 0;
      await send((waiting) => waiting.owner === page.owner).catch(() => {});
      const left = (await waiting()).find((waiting) => waiting.id === id);
      step.value = { is: "finished", as: !left ? "sent" : left.refused ? "not-taken" : "kept" };
      scrollTo(0, 0);
      if (left && !left.refused) await wake();
    };

    const touch = () => {
      isTouched = true;
    };

    const button = (key: string, act: () => void, plain = false) =>
      h("button", { type: "button", class: plain ? "plain" : "main", onClick: act }, say(key));

    const inner = () => {
      const now = step.value;
      switch (now.is) {
        case "no form":
          return null;
        case "loading":
          return h("p", { class: "note", role: "status" }, say("fill-loading"));
        case "unreachable":
          return h("div", { class: "panel" }, [
            h("p", say("fill-unreachable")),
            button("fill-again", () => void load()),
          ]);
        case "used":
          return h("div", { class: "panel" }, [h("h2", say("fill-used")), h("p", say("fill-used-advice"))]);
        case "offer":
          return h("div", { class: "panel" }, [
            h("h2", say("fill-draft")),
            h("p", say("fill-draft-since", { when: moment(now.draft.savedAt) })),
            now.draft.version !== page.version ? h("p", say("fill-draft-older")) : null,
            h("p", { class: "acts" }, [
              button("fill-draft-continue", () => begin(now.draft)),
              button(
                "fill-draft-anew",
                () => {
                  if (confirm(say("fill-draft-anew-sure"))) void dropDraft(draftKey).then(() => begin());
                },
                true,
              ),
            ]),
          ]);
        case "finished":
          return h("div", { class: now.as === "sent" ? "panel done" : "panel" }, [
            h("h2", { role: "status" }, say(`fill-${now.as}`)),
            h("p", say(`fill-${now.as}-more`)),
            page.once || page.edit ? null : button("fill-another", () => begin()),
          ]);
        case "filling":
          return [
            h("div", { onInputCapture: touch, onChangeCapture: touch, onClickCapture: touch }, [
              h(OdkWebForm, {
              key: round.value,
              formXml: xml.value,
              fetchFormAttachment: attachment,
              missingResourceBehavior: "BLANK",
              preloadProperties: {
                deviceID: deviceId(),
                ...(page.person && { username: page.person.name, email: page.person.email }),
              },
              editInstance: now.begin,
              onSubmit: (payload: Payload) => void submit(payload),
            }),
            ]),
            h(
              "p",
              { class: "note saved", role: "status" },
              savedAt.value ? say("fill-draft-saved", { when: moment(savedAt.value) }) : "",
            ),
          ];
      }
    };

    return () => [
      page.trial ? h("p", { class: "trial" }, say("fill-trial")) : null,
      h(Kept),
      inner(),
      h(Device),
    ];
  },
});
