/**
 * A slider over epochs above the linked views of one sequence.
 *
 * @typedef {object} Data
 * @property {any} meta
 * @property {Uint8Array} cells
 * @property {string} subject which training and sequence: as long as it is the same, what is chosen stays
 * @property {string[]} views
 *
 * @typedef {object} Epochs
 * @property {(data: Data) => void} update
 * @property {() => void} repaint after a change of colours
 * @property {() => void} destroy
 * @property {import("../attention/store.js").Store} store
 */

import { addElement } from "../attention/elements.js";
import { openWorkspace } from "../attention/workspace.js";
import { openFilm } from "./film.js";

const MILLISECONDS_AN_EPOCH = 700;
const BEGINNING = { map: 0, head: /** @type {const} */ ("mean"), query: null, key: null, scale: /** @type {const} */ ("linear"), shared: false };

/**
 * @param {HTMLElement} root
 * @param {Data} data
 * @returns {Epochs}
 */
export function openEpochs(root, data) {
  let film = openFilm(data);
  let subject = data.subject;
  let frame = film.frames.length - 1;
  let timer = 0;
  root.classList.add("attnviz-epochs");
  root.replaceChildren();
  const bar = addElement(root, "div", "time");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Epochs");
  const play = button(bar, "", () => (timer ? pause() : start()));
  play.classList.add("play");
  const before = button(bar, "‹", () => go(frame - 1));
  named(before, "Epoch before");
  const track = addElement(bar, "div", "track");
  const slider = /** @type {HTMLInputElement} */ (addElement(track, "input"));
  slider.type = "range";
  slider.min = "0";
  slider.setAttribute("aria-label", "Epoch");
  slider.oninput = () => {
    const to = Number(slider.value);
    pause();
    go(to);
  };
  const best = addElement(track, "span", "best");
  best.setAttribute("aria-hidden", "true"); // the note says it
  const after = button(bar, "›", () => go(frame + 1));
  named(after, "Epoch after");
  const which = addElement(bar, "output", "which");
  which.setAttribute("aria-live", "off"); // the slider says it
  const note = addElement(root, "p", "note");
  const views = addElement(root, "div", "views");
  const of = (/** @type {Data} */ now) => ({
    ...now, meta: { id: `${film.id} ${frame}` }, chosen: BEGINNING, extras: {}, frame,
  });
  const workspace = openWorkspace(views, of(data), () => {}, () => film.capture(frame));

  /** @param {number} to */
  function go(to) {
    const last = film.frames.length - 1;
    frame = Math.max(0, Math.min(last, to));
    workspace.update(of(data));
    describe();
  }

  function start() {
    if (frame === film.frames.length - 1) go(0);
    timer = setInterval(() => {
      go(frame + 1);
      if (frame === film.frames.length - 1) pause();
    }, MILLISECONDS_AN_EPOCH);
    describe();
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    describe();
  }

  function describe() {
    const last = film.frames.length - 1;
    const { epoch, note: told } = film.frames[frame];
    const name = epoch === 0 ? "Before training" : `Epoch ${epoch}`;
    slider.max = String(last);
    slider.value = String(frame);
    slider.disabled = play.disabled = last === 0;
    before.disabled = frame === 0;
    after.disabled = frame === last;
    slider.setAttribute("aria-valuetext", told ? `${name}: ${told}` : name);
    which.textContent = epoch === 0 ? name : `${name} of ${film.frames[last].epoch}`;
    play.textContent = timer ? "❚❚" : "▶";
    named(play, timer ? "Pause" : "Play");
    const left = film.epochs - film.frames.length;
    note.textContent = [told, left > 0 && `${film.frames.length} of ${film.epochs} epochs are shown: more would not fit.`]
      .filter(Boolean).join(" ");
    const place = film.frames.findIndex((one) => one.epoch === film.best);
    best.hidden = film.best === null || place < 0 || last === 0;
    best.style.setProperty("--place", String(last ? place / last : 0));
    root.dataset.epoch = String(epoch);
  }

  describe();
  return {
    store: workspace.store,
    update(next) {
      const known = next.meta.id === film.id && next.subject === subject;
      const newest = frame === film.frames.length - 1;
      const shown = film.frames[frame].epoch;
      const same = next.subject === subject;
      data = next;
      if (known) return;
      film = openFilm(next);
      subject = next.subject;
      if (!same) pause();
      // Whoever looks at the newest epoch goes on doing so; else the chosen one stays, though others were left out.
      const place = film.frames.findLastIndex((one) => one.epoch <= shown);
      go(!same || (newest && !timer) ? film.frames.length - 1 : Math.max(0, place));
    },
    repaint: () => workspace.repaint(),
    destroy() {
      clearInterval(timer);
      workspace.destroy();
    },
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {() => void} act
 */
function button(parent, text, act) {
  const made = /** @type {HTMLButtonElement} */ (addElement(parent, "button"));
  made.type = "button";
  made.textContent = text;
  made.onclick = act;
  return made;
}

/** @param {HTMLElement} element @param {string} name what a screen reader says */
function named(element, name) {
  element.title = name;
  element.setAttribute("aria-label", name);
}
