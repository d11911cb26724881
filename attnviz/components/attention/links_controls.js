/**
 * What a person sets above the links: which heads, and how much of each query's attention.
 */

import { addElement } from "./elements.js";
import { activeHeads } from "./links_selection.js";

/**
 * @param {HTMLElement} root
 * @param {import("./workspace.js").Context} context
 * @param {(head: number | null) => void} preview the pointer is on a head, or has left it
 * @returns {{update: (colours: string[], drawn: number[]) => void}} `drawn`: heads whose links are drawn
 */
export function createControls(root, context, preview) {
  const { store } = context;
  const bar = addElement(root, "div", "controls");
  const field = addElement(bar, "div", "heads");
  const name = addElement(field, "span", "name");
  name.textContent = "Heads";
  const chips = addElement(field, "div", "chips");
  chips.setAttribute("role", "group");
  chips.setAttribute("aria-label", "Heads whose links are drawn. Shift and Enter shows one head alone, or all again.");
  const all = /** @type {HTMLButtonElement} */ (addElement(field, "button", "all"));
  all.type = "button";
  all.textContent = "all";
  all.title = "Links of all heads";
  const label = addElement(bar, "label", "mass");
  addElement(label, "span", "name").textContent = "Strongest keys of each query, until they hold";
  const slider = /** @type {HTMLInputElement} */ (addElement(label, "input"));
  Object.assign(slider, { type: "range", min: "0", max: "1", step: "0.01" });
  const share = addElement(label, "output", "share");
  slider.oninput = () => store.set({ mass: Number(slider.value) });

  const count = () => context.capture().maps[store.get().map].heads;
  const every = () => Array.from({ length: count() }, (_, head) => head);
  const active = () => activeHeads(store.get(), count());
  const isHere = (/** @type {number} */ head) => Boolean(context.capture().cells(store.get().map, head));
  const toggle = (/** @type {number} */ head) => {
    if (!isHere(head)) {
      store.set({ head, heads: [] }); // choosing it makes the workspace fetch it
      return;
    }
    const now = active().filter(isHere);
    const next = now.includes(head) ? now.filter((one) => one !== head) : [...now, head].sort((one, other) => one - other);
    if (next.length) store.set({ heads: next }); // the last one stays: no links at all would look like no attention
  };
  const isolate = (/** @type {number} */ head) => {
    const now = active();
    store.set({ heads: now.length === 1 && now[0] === head ? every() : [head] });
  };
  const headAt = (/** @type {Event} */ event) => {
    const chip = event.target instanceof Element ? event.target.closest("button") : null;
    return chip instanceof HTMLElement && chip.dataset.head !== undefined ? Number(chip.dataset.head) : null;
  };
  all.onclick = () => store.set({ heads: every() });
  chips.onclick = (event) => {
    const head = headAt(event);
    if (head === null) return;
    preview(null); // what was switched is what is looked for now, though the pointer is still there
    toggle(head);
  };
  chips.ondblclick = (event) => {
    const head = headAt(event);
    if (head !== null) isolate(head);
  };
  chips.onkeydown = (event) => {
    const head = headAt(event);
    if (head === null) return;
    const buttons = /** @type {HTMLButtonElement[]} */ ([...chips.children]);
    const to = { ArrowRight: head + 1, ArrowLeft: head - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (event.key === "Enter" && event.shiftKey) isolate(head);
    else if (to !== undefined) reach(buttons, Math.max(0, Math.min(buttons.length - 1, to)));
    else return;
    event.preventDefault();
  };
  chips.onpointerover = (event) => preview(event.pointerType === "touch" ? null : headAt(event));
  chips.onpointerleave = () => preview(null);

  return {
    update(colours, drawn) {
      const heads = count();
      field.hidden = heads === 1;
      if (chips.children.length !== heads) chips.replaceChildren(...every().map(chipOf));
      [...chips.children].forEach((child, head) => {
        const chip = /** @type {HTMLElement} */ (child);
        chip.style.setProperty("--head", colours[head]);
        chip.setAttribute("aria-pressed", String(drawn.includes(head)));
      });
      all.disabled = drawn.length === heads;
      const { mass } = store.get();
      slider.value = String(mass);
      slider.setAttribute("aria-valuetext", `${Math.round(100 * mass)} % of its attention`);
      share.textContent = `${Math.round(100 * mass)} %`;
    },
  };
}

/** @param {number} head */
function chipOf(head) {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.dataset.head = String(head);
  chip.textContent = String(head + 1);
  chip.setAttribute("aria-label", `Head ${head + 1}`);
  chip.title = "Click: on or off. Double click: this head alone, or all again.";
  chip.tabIndex = head ? -1 : 0; // arrows reach the others
  return chip;
}

/**
 * @param {HTMLButtonElement[]} buttons
 * @param {number} to
 */
function reach(buttons, to) {
  buttons.forEach((button, index) => { button.tabIndex = index === to ? 0 : -1; });
  buttons[to].focus();
}
