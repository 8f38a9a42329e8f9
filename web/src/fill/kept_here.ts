// What waits on this device, above the form; and, below it, the button that forgets everything.

import { defineComponent, h, onBeforeUnmount, onMounted, ref } from "vue";
import { type Waiting, counts, dropWaiting, forget, keepWaiting, waiting } from "./kept.ts";
import { page } from "./page.ts";
import { NEWS, send } from "./sending.ts";
import { moment, say } from "./words.ts";

/** How often what waits is tried again while the page is open. */
const AGAIN_MS = 60_000;

export const Kept = defineComponent({
  name: "Kept",
  setup() {
    const items = ref<Waiting[]>([]);
    const online = ref(navigator.onLine);
    const busy = ref(false);
    const told = ref("");

    const look = async () => {
      items.value = (await waiting()).filter((item) => item.owner === page.owner);
    };
    const attempt = async (asked: boolean) => {
      await look();
      if (busy.value || !items.value.some((item) => !item.refused)) return;
      busy.value = true;
      told.value = "";
      try {
        const outcome = await send((item) => item.owner === page.owner);
        if (outcome.status === 401) told.value = say("fill-sign-in-again");
        else if (outcome.left && asked) told.value = say("fill-not-now");
        else if (outcome.sent) told.value = say("fill-sent-n", { n: outcome.sent });
      } finally {
        busy.value = false;
        await look();
      }
    };
    const changed = () => {
      online.value = navigator.onLine;
      if (online.value) void attempt(false);
    };
    const channel = new BroadcastChannel(NEWS);
    channel.onmessage = () => void look();
    const timer = setInterval(() => void attempt(false), AGAIN_MS);
    onMounted(() => {
      addEventListener("online", changed);
      addEventListener("offline", changed);
      void attempt(false);
    });
    onBeforeUnmount(() => {
      removeEventListener("online", changed);
      removeEventListener("offline", changed);
      clearInterval(timer);
      channel.close();
    });

    const again = async (item: Waiting) => {
      const { refused: _, ...rest } = item;
      await keepWaiting({ ...rest, files: rest.files.map((file) => ({ ...file })) });
      await attempt(true);
    };
    const drop = async (item: Waiting) => {
      if (!confirm(say("fill-drop-sure"))) return;
      await dropWaiting(item.id);
      await look();
    };
    const save = (item: Waiting) => {
      const put = (name: string, blob: Blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob);
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      };
      put(`${item.id.replace(/[^\w-]+/g, "-")}.xml`, item.xml);
      for (const file of item.files) put(file.name, file.blob);
    };
    const button = (key: string, act: () => void, kind: string) =>
      h("button", { type: "button", class: kind, disabled: busy.value, onClick: act }, say(key));

    return () => {
      const open = items.value.filter((item) => !item.refused);
      const refused = items.value.filter((item) => item.refused);
      return h("div", { class: "kept" }, [
        online.value ? null : h("p", { class: "offline", role: "status" }, say("fill-offline")),
        open.length
          ? h("div", { class: "waiting", role: "status" }, [
              h("p", { class: "count" }, say("fill-waiting", { n: open.length })),
              button("fill-send-now", () => void attempt(true), "plain"),
            ])
          : null,
        told.value ? h("p", { class: "told", role: "status" }, told.value) : null,
        refused.map((item) =>
          h("div", { class: "refused", role: "alert", key: item.id }, [
            h("p", [h("strong", say("fill-refused", { when: moment(item.finishedAt) })), " ", item.refused?.message]),
            h("p", { class: "acts" }, [
              button("fill-again", () => void again(item), "plain"),
              button("fill-save-file", () => save(item), "plain"),
              button("fill-drop", () => void drop(item), "plain"),
            ]),
          ]),
        ),
      ]);
    };
  },
});

export const Device = defineComponent({
  name: "Device",
  setup() {
    const forgetAll = async () => {
      const lost = await counts();
      const question = say(lost.waiting || lost.drafts ? "fill-forget-sure" : "fill-forget-sure-empty", lost);
      if (!confirm(question)) return;
      await forget();
      location.reload();
    };

    return () =>
      h("details", { class: "device" }, [
        h("summary", say("fill-device")),
        h("p", say(page.once ? "fill-device-once" : "fill-device-what")),
        h("button", { type: "button", class: "plain", onClick: () => void forgetAll() }, say("fill-forget")),
      ]);
  },
});
