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
  addEventListener("load", () => {
    reach();
    window.MathJax?.startup?.promise?.then(reach);
    new ResizeObserver(reach).observe(document.body);
  });
})();
