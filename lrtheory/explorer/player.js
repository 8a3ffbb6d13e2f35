/* The player of one explorer on a static page: controls in, picture and numbers out. No framework, no requests. */
(() => {
  const NAME = "lr-explorer";
  if (customElements.get(NAME)) {
    for (const player of document.querySelectorAll(NAME)) player.start();
    return;
  }
  const ICONS = { play: "M4 2.5v11l9.5-5.5z", pause: "M4 2.5h3v11H4zM9.5 2.5h3v11h-3z", step: "M2.5 2.5v11l7-5.5zM11 2.5h2.5v11H11z" };
  const SVG = "http://www.w3.org/2000/svg";
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  let count = 0;

  class Player extends HTMLElement {
    connectedCallback() { this.start(); }

    disconnectedCallback() { this.pause(); }

    start() {
      const source = this.querySelector("script[type='application/json']");
      if (this.started || !source) return; // while the page still loads, the script at the end calls again
      this.started = true;
      this.data = JSON.parse(source.textContent);
      this.inputs = [...this.querySelectorAll(".lr-range, .lr-select")];
      this.button = this.querySelector(".lr-play");
      this.numbers = this.querySelector(".lr-numbers");
      this.picture = this.querySelector(".lr-frame");
      this.inputs.forEach((input, k) => {
        input.id = `lr-control-${++count}`;
        input.closest(".lr-control").querySelector("label").htmlFor = input.id;
        this.put(input, this.data.start[k]);
        input.addEventListener("input", () => { this.pause(); this.show(); });
      });
      if (this.button) this.addButton();
      for (const part of this.querySelectorAll("[hidden]")) part.hidden = false;
      this.numbers.hidden = !this.data.numbers.some((pairs) => pairs.length);
      this.toggleAttribute("data-ready", true);
      this.show();
    }

    place(input) { return input.matches("select") ? input.selectedIndex : Number(input.value); }

    put(input, place) {
      if (input.matches("select")) input.selectedIndex = place;
      else input.value = place;
    }

    show() {
      const { data } = this;
      const places = this.inputs.map((input) => this.place(input));
      const cell = places.reduce((sum, place, k) => sum * data.texts[k].length + place, 0);
      const texts = places.map((place, k) => data.texts[k][place]);
      this.inputs.forEach((input, k) => {
        if (input.matches("select")) return;
        input.setAttribute("aria-valuetext", texts[k]);
        input.style.setProperty("--lr-done", places[k] / (data.texts[k].length - 1));
        input.closest(".lr-control").querySelector("output").textContent = texts[k];
      });
      this.numbers.replaceChildren(...data.numbers[cell].flatMap(([name, value], k) => {
        const strong = document.createElement(name ? "b" : "span");
        strong.textContent = value;
        return [(k ? ", " : "") + (name ? `${name} ` : ""), strong];
      }));
      const state = texts.map((text, k) => `${data.labels[k]} ${text}`).join(", ");
      const line = this.numbers.textContent;
      const sentence = line ? `${state}: ${line}` : state;
      this.picture.alt = `${data.about} ${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
      const image = data.images[data.picture[cell]];
      this.picture.src = image ? `data:image/webp;base64,${image}` : this.querySelector(".lr-still").src;
    }

    addButton() {
      const icon = document.createElementNS(SVG, "svg");
      icon.setAttribute("viewBox", "0 0 16 16");
      icon.setAttribute("aria-hidden", "true");
      icon.append(document.createElementNS(SVG, "path"));
      this.button.append(icon);
      this.button.addEventListener("click", () => this.press());
      reduced.addEventListener("change", () => this.pause());
      this.pause();
    }

    face(action) {
      this.button.firstChild.firstChild.setAttribute("d", ICONS[action]);
      const label = this.button.closest(".lr-control").querySelector("label").textContent;
      this.button.title = action[0].toUpperCase() + action.slice(1);
      this.button.setAttribute("aria-label", `${this.button.title}: ${label}`);
    }

    pause() {
      clearInterval(this.timer);
      this.timer = 0;
      this.numbers?.setAttribute("aria-live", "polite");
      if (this.button) this.face(reduced.matches ? "step" : "play");
    }

    press() {
      if (this.timer) return this.pause();
      const range = this.button.parentNode.querySelector(".lr-range");
      const turn = () => {
        const atEnd = Number(range.value) >= Number(range.max);
        this.put(range, atEnd ? 0 : Number(range.value) + 1);
        this.show();
        if (Number(range.value) >= Number(range.max)) this.pause();
      };
      if (reduced.matches) return turn();
      this.face("pause");
      this.numbers.setAttribute("aria-live", "off"); // a reader hears the numbers when the motion stops
      this.timer = setInterval(turn, Math.min(500, Math.max(120, 6000 / Number(range.max))));
      turn();
    }
  }

  customElements.define(NAME, Player);
})();
