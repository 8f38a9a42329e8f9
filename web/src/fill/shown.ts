// The form that is shown: what stands in it, to be kept as a draft, and its language.

/** The parts of the form engine that drafts need. */
interface Instance {
  root: {
    languages: { language: string; isSyntheticDefault?: true }[];
    setLanguage(language: { language: string }): unknown;
    parent: {
      instanceState: { instanceXML: string };
      attachments: {
        entries(): Iterable<[{ isAttached(): boolean; isRelevant(): boolean }, { getValue(): File | null }]>;
      };
    };
  };
}

/** What stands in a form. */
export interface Answers {
  xml: string;
  files: File[];
}

let listener: (instance: Instance) => void = () => {};

/** Called by the form whenever another instance is shown. */
export function shown(state: { instance: Instance | null }): void {
  if (state.instance) listener(state.instance);
}

/** Tells the page of the next instance that is shown. */
export function onShown(heard: (instance: Instance) => void): void {
  listener = heard;
}

/** What stands in the form now, whether it is right or not. */
export function answers(instance: Instance): Answers {
  const document = instance.root.parent;
  const files = [...document.attachments.entries()]
    .map(([question, state]) => (question.isAttached() && question.isRelevant() ? state.getValue() : null))
    .filter((file): file is File => file != null);
  return { xml: document.instanceState.instanceXML, files };
}

/** Shows the form in the language of the page, where the form has it: `French (fr)`, `fr`, `Français`. */
export function speak(instance: Instance, language: string): void {
  const own = new Intl.DisplayNames(language, { type: "language" }).of(language)?.toLowerCase() ?? "";
  const english = new Intl.DisplayNames("en", { type: "language" }).of(language)?.toLowerCase() ?? "";
  const wanted = instance.root.languages.find(({ language: name }) => {
    const plain = name.toLowerCase().trim();
    return plain === language || plain.endsWith(`(${language})`) || plain === own || plain === english;
  });
  if (wanted && !wanted.isSyntheticDefault) instance.root.setLanguage(wanted);
}

export type { Instance };
