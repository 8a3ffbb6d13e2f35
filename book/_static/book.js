/* What the style sheet cannot do for a page: regions that scroll sideways are reached by the keyboard, and the
   search works for a book opened from a folder. No requests, nothing kept. */
(() => {
  const SCROLLS = {
    "mjx-container[display='true']": "Equation",
    ".pst-scrollable-table-container": "Table",
    ".ledger": "Table",
    "div.highlight > pre": "Code",
    ".cell_output .text_html": "Output",
  };

  // Before the first paint: light or dark as the system says, until the reader presses the button.
  const { dataset } = document.documentElement;
  dataset.mode ||= "auto";
  if (dataset.mode === "auto") dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

  // Paper is light.
  let before = "light";
  addEventListener("beforeprint", () => {
    before = dataset.theme;
    dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    dataset.theme = before;
  });

  // Where more of a part lies: the style sheet lets it fade out there.
  function more(part) {
    const rest = part.scrollWidth - part.clientWidth - part.scrollLeft;
    const sides = [part.scrollLeft > 1 && "left", rest > 1 && "right"].filter(Boolean).join(" ");
    if (sides) part.dataset.more = sides;
    else delete part.dataset.more;
  }

  function reach() {
    for (const [selector, name] of Object.entries(SCROLLS)) {
      for (const part of document.querySelectorAll(selector)) {
        more(part);
        const scrolls = part.scrollWidth > part.clientWidth + 1;
        if (scrolls === (part.dataset.scrolls === "yes")) continue;
        part.dataset.scrolls = scrolls ? "yes" : "no";
        if (scrolls) {
          part.tabIndex = 0;
          part.setAttribute("role", "group");
          if (!part.hasAttribute("aria-label")) part.setAttribute("aria-label", `${name}, scrolls sideways`);
          part.addEventListener("scroll", () => more(part), { passive: true });
        } else {
          for (const attribute of ["tabindex", "role", "aria-label"]) part.removeAttribute(attribute);
        }
      }
    }
  }

  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false; // the excerpts are fetched, which a folder forbids
  }
  // Questions: what is right lies in the page turned, so that nobody reads it by accident.
  function told(form) {
    const key = new TextEncoder().encode(form.dataset.check);
    const bytes = Uint8Array.from(atob(form.dataset.told), (letter, n) => letter.charCodeAt(0) ^ key[n % key.length]);
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  function judged(form) {
    const { right, within, said, why } = told(form);
    const field = form.querySelector("input[type=text]");
    if (!field) {
      const chosen = form.querySelector("input:checked");
      if (!chosen) return [null, "Choose one first."];
      return Number(chosen.value) === right ? [true, why] : [false, said[chosen.value]];
    }
    const written = field.value.trim().replace("\u2212", "-");
    const thousands = /^-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(written);
    const text = thousands ? written.replaceAll(",", "") : written.replace(",", ".");
    const number = Number(text);
    if (!text || !Number.isFinite(number)) return [null, "Write a number, such as 0.05 or 5e-2."];
    if (Math.abs(number - right) <= within) return [true, why];
    const near = (wrong) => Math.abs(number - wrong) <= Math.min(within, Math.abs(wrong) / 10);
    const slip = Object.keys(said).find(near);
    return [false, slip ? said[slip] : number > right ? "It is smaller." : "It is larger."];
  }

  addEventListener("submit", (event) => {
    const form = event.target.closest("form.self-check");
    if (!form) return;
    event.preventDefault();
    const [good, words] = judged(form);
    const line = form.querySelector("[role=status]");
    form.dataset.judged = good === null ? "" : good ? "right" : "wrong";
    window.MathJax?.typesetClear?.([line]);
    line.textContent = (good === null ? "" : good ? "Right. " : "Not so. ") + words.replace(/\$([^$]+)\$/g, "\\($1\\)");
    window.MathJax?.typesetPromise?.([line]);
  });

  // A formula is a box to the browser, which would begin a line with the comma after it, or end one with a bracket.
  function keep() {
    const text = (node) => (node?.nodeType === Node.TEXT_NODE ? node.data : "");
    for (const formula of document.querySelectorAll(".bd-article span.math")) {
      const opened = /[(\[]+$/.exec(text(formula.previousSibling));
      const closed = /^[,.;:!?)\]\u2019\u201d]+/.exec(text(formula.nextSibling));
      if (!opened && !closed) continue;
      if (opened) formula.previousSibling.splitText(opened.index);
      if (closed) formula.nextSibling.splitText(closed[0].length);
      const together = document.createElement("span");
      const kept = [opened && formula.previousSibling, formula, closed && formula.nextSibling].filter(Boolean);
      together.style.whiteSpace = "nowrap";
      formula.before(together);
      together.append(...kept);
    }
  }

  addEventListener("load", () => {
    keep();
    reach();
    window.MathJax?.startup?.promise?.then(reach);
    new ResizeObserver(reach).observe(document.body);
  });
})();
