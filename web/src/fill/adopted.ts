// Styles that the form makes while the page runs. Through the style sheet interface they need no exception in the
// content security policy, which lets in neither style elements nor style attributes.

const sheets = new Map<string, CSSStyleSheet>();

/** Puts a style sheet under a name, or replaces what is there; `first` ones give way to all others. */
export function adopt(name: string, css: string, first = false): void {
  let sheet = sheets.get(name);
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheets.set(name, sheet);
    const others = document.adoptedStyleSheets;
    document.adoptedStyleSheets = first ? [sheet, ...others] : [...others, sheet];
  }
  sheet.replaceSync(css ?? "");
}

/** Colours that a label asks for in its markup. */
const COLOURING = /^(color|background-color|font-family|font-size|font-weight|text-align):\s*[\w#(),.%'" -]+$/;

/** Applies, property by property, what the markup of labels asks for. */
export function paint(within: Element): void {
  const one = (element: HTMLElement) => {
    for (const part of (element.dataset.style ?? "").split(";").map((part) => part.trim())) {
      if (!COLOURING.test(part)) continue;
      const [name, value] = part.split(/:\s*/, 2);
      element.style.setProperty(name ?? "", value ?? "");
    }
    delete element.dataset.style;
  };
  const all = () => within.querySelectorAll<HTMLElement>("[data-style]").forEach(one);
  new MutationObserver(all).observe(within, { childList: true, subtree: true });
  all();
}
