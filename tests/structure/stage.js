/* Leaves one part of a page, between two lines of text, with fixed words and figures; gives its box. */
async ({ part, more, away, say, first, picture, clear, box }) => {
  const every = (selector, root = document) => [...root.querySelectorAll(selector)];
  for (const old of every("[data-beside]")) old.remove();
  for (const old of every("[data-away]")) delete old.dataset.away;
  document.body.toggleAttribute("data-alone", !box);
  const start = document.querySelector(part);
  if (!start) throw new Error(`nothing is ${part}`);
  const parts = [start];
  while (parts.length <= more) parts.push(parts.at(-1).nextElementSibling);
  for (let at = start; !at.matches("article, body"); at = at.parentElement) {
    for (const other of at.parentElement.children) {
      if (other !== at && !parts.includes(other) && !box) other.dataset.away = "";
    }
  }
  const inside = (selector) => parts.flatMap((root) => [
    ...(root.matches(selector) ? [root] : []), ...every(selector, root),
  ]);
  const folded = inside(".toggle-hidden > .admonition-title > button");
  if (first === "unfold") for (const button of folded) button.click();
  const menu = document.querySelector("button[aria-label='Run this page']");
  if ((first === "menu") !== (menu?.ariaExpanded === "true")) menu?.click();
  if (first === "answer") {
    inside("input")[0].checked = true;
    inside("button")[0].click();
    if (!inside("form")[0].dataset.judged) throw new Error("the answer is not judged");
    inside("form")[0].dataset.judged = "right";
  }
  for (const selector of away) for (const found of inside(selector)) found.dataset.away = "";
  for (const [selector, words] of Object.entries(say)) {
    const found = inside(selector);
    if (!found.length) throw new Error(`nothing in ${part} is ${selector}`);
    for (const each of found) {
      const buttons = every(":scope > button", each);
      each.innerHTML = words;
      each.append(...buttons);
    }
  }
  for (const image of inside(".cell_output img")) {
    image.src = image.closest("lr-explorer") ? clear : picture;
    if (image.width) Object.assign(image, { width: 640, height: 400 });
    if (image.style.width) Object.assign(image.style, { width: "640px", height: "400px" });
    await image.decode();
  }
  await window.MathJax?.typesetPromise?.(parts);
  await document.fonts.ready;
  scrollTo(0, 0);
  if (box) return box;
  const beside = (where, next) => {
    next.insertAdjacentHTML(where, "<p data-beside>A line of text beside it, with <code>code</code>.</p>");
    return (where === "beforebegin" ? next.previousElementSibling : next.nextElementSibling);
  };
  const top = beside("beforebegin", parts[0]).getBoundingClientRect().top;
  const bottom = beside("afterend", parts.at(-1)).getBoundingClientRect().bottom;
  const { left, right } = document.querySelector("article").getBoundingClientRect();
  const x = Math.max(0, Math.floor(left) - 16), y = Math.floor(top) - 8;
  const width = Math.min(innerWidth, Math.ceil(right) + 16) - x;
  return [x, y, width, Math.ceil(bottom) + 8 - y];
}
