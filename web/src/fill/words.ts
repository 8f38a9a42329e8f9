// The words of the island, from the same Fluent files as the pages around it.

import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";
import en from "../../../crates/dtm-publish/locales/en/fill.ftl?raw";
import fr from "../../../crates/dtm-publish/locales/fr/fill.ftl?raw";

const FILES: Record<string, string> = { en, fr };

/** The language of the page. */
export const language = FILES[document.documentElement.lang] ? document.documentElement.lang : "en";

/** How dates and times are written: English as the world reads it, day before month. */
const locale = language === "en" ? "en-GB" : language;

const bundle = new FluentBundle(language, { useIsolating: false });
bundle.addResource(new FluentResource(FILES[language] ?? en));

/** What the words file says for a key. */
export function say(key: string, args?: Record<string, FluentVariable>): string {
  const pattern = bundle.getMessage(key)?.value;
  return pattern ? bundle.formatPattern(pattern, args) : key;
}

/** A moment as a person reads it. */
export function moment(at: number): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** The words of the date picker, the lists and the dialogs of the form, in the names that PrimeVue gives them. */
export function controlWords(): Record<string, unknown> {
  const names = (of: Intl.DateTimeFormatOptions, dates: Date[]) => {
    const format = new Intl.DateTimeFormat(locale, { ...of, timeZone: "UTC" });
    return dates.map((date) => format.format(date));
  };
  const days = Array.from({ length: 7 }, (_, day) => new Date(Date.UTC(2023, 0, 1 + day)));
  const months = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2023, month, 1)));
  const keys = {
    chooseYear: "year",
    chooseMonth: "month",
    chooseDate: "date",
    prevDecade: "decade-before",
    nextDecade: "decade-after",
    prevYear: "year-before",
    nextYear: "year-after",
    prevMonth: "month-before",
    nextMonth: "month-after",
    prevHour: "hour-less",
    nextHour: "hour-more",
    prevMinute: "minute-less",
    nextMinute: "minute-more",
    prevSecond: "second-less",
    nextSecond: "second-more",
    today: "today",
    clear: "clear",
    emptyFilterMessage: "nothing-found",
    emptySearchMessage: "nothing-found",
    emptyMessage: "no-choices",
    emptySelectionMessage: "none-chosen",
    searchMessage: "n-found",
    selectionMessage: "n-chosen",
    choose: "choose",
    upload: "upload",
    cancel: "cancel",
  };
  const aria = {
    close: "close",
    previous: "previous",
    next: "next",
    selectAll: "all-chosen",
    unselectAll: "none-chosen",
    listLabel: "choices",
    moveUp: "up",
    moveDown: "down",
    moveTop: "top",
    moveBottom: "bottom",
    nullLabel: "none-chosen",
  };
  const said = (map: Record<string, string>) =>
    Object.fromEntries(Object.entries(map).map(([name, key]) => [name, say(`fill-control-${key}`)]));
  return {
    ...said(keys),
    aria: said(aria),
    dayNames: names({ weekday: "long" }, days),
    dayNamesShort: names({ weekday: "short" }, days),
    dayNamesMin: names({ weekday: "narrow" }, days),
    monthNames: names({ month: "long" }, months),
    monthNamesShort: names({ month: "short" }, months),
    firstDayOfWeek: language === "en" ? 0 : 1,
    dateFormat: language === "en" ? "d M yy" : "d MM yy",
  };
}
