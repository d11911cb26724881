import { cssColour, luminance, mixed, themeOf } from "./colours.js";
import { destination, rowOf } from "./document_rows.js";
import { documentValues, strongestOf } from "./document_values.js";
import { addElement } from "./elements.js";
import { scaleOf, shortNumber } from "./scales.js";
import { quoted, shown } from "./sentence.js";
import { marksText, quietWhilePointing } from "./text_block.js";
import { largest } from "./text_values.js";

/**
 * A document of a hierarchical model in one picture: each sentence with its weight as a bar, a number and the shade of its
 * ground, and in it the words, shaded within their sentence. A click on a sentence chooses the map over its words.
 *
 * Sentences and words are untrusted text: they reach the page through `textContent` and `setAttribute` only.
 *
 * @typedef {import("./document_values.js").DocumentData} DocumentData
 * @typedef {import("./document_values.js").DocumentValues} DocumentValues
 * @typedef {import("./workspace.js").Context} Context
 * @typedef {import("./document_rows.js").Row} Row
 * @typedef {import("./document_rows.js").Place} Place
 */

const PAINTED = ["capture", "map", "head", "theme", "key", "hover", "scale", "shared"];
const HINT = "Click a sentence or a word to look at the map of that sentence's words.";
const TOLD = 3;
const SMALLEST_TOLD = 0.005; // of a smaller weight two digits would say nothing

/** Colour of weight, of sentences and of words; and the most of it that a sentence's ground gets, so that words stand out. */
const HUES = {
  light: { sentence: [176, 78, 0], word: [0, 92, 110] },
  dark: { sentence: [255, 160, 66], word: [92, 214, 219] },
};
const GROUND_SHARE = 0.3;

/**
 * @param {HTMLElement} root
 * @param {Context} context
 * @param {DocumentData} [given] the document; by default what Python sent for this view
 */
export function mountDocument(root, context, given) {
  const { store } = context;
  root.classList.add("attnviz-document");
  const summary = addElement(root, "p", "summary");
  const grid = addElement(root, "div", "grid");
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", "Sentences of the document, and the words of each, with their weights");
  const quiet = quietWhilePointing(grid);
  const legend = addElement(root, "div", "legend");
  const sentenceLegend = legendPart(legend, "Sentences");
  const wordLegend = legendPart(legend, "Words");
  const readout = addElement(root, "div", "readout");

  /** @type {DocumentData} */
  let data = { sentenceLayer: "", wordLayer: "", sample: 0, sentences: [] };
  let built = "";
  /** @type {Row[]} */
  let rows = [];
  /** @type {DocumentValues | null} */
  let values = null;
  /** @type {Place} */
  let reachable = { sentence: 0, word: null };
  /** @type {Place | null} */
  let pointed = null;
  let pending = 0;
  let painted = 0;

  /** @param {Place} place */
  const elementAt = ({ sentence, word }) => (word === null ? rows[sentence]?.head : rows[sentence]?.words[word]);

  function build() {
    data = given ?? context.extra("document") ?? data;
    const name = JSON.stringify(data.sentences.map(({ label, words }) => [label, words]));
    if (name === built) return;
    built = name;
    rows = data.sentences.map((sentence, place) => rowOf(sentence, place));
    grid.replaceChildren(...rows.map(({ element }) => element));
    reachable = { sentence: 0, word: null };
    pointed = null;
    reach(reachable);
  }

  /**
   * @param {Place} place
   * @param {boolean} [focus]
   */
  function reach(place, focus = false) {
    const before = elementAt(reachable);
    const element = elementAt(place);
    reachable = place;
    element?.setAttribute("tabindex", "0");
    if (focus) element?.focus({ preventScroll: quiet() });
    if (before !== element) before?.removeAttribute("tabindex"); // none but one, so that the pointer can mark text
  }

  function draw() {
    pending = 0;
    if (root.hidden) return;
    build();
    const capture = context.capture();
    const state = store.get();
    values = documentValues(capture, state, data);
    const theme = themeOf(root);
    const hues = HUES[theme.dark ? "dark" : "light"];
    const maximum = state.shared ? 1 : largest(values.sentences);
    const unitOf = scaleOf({ values: values.sentences, maximum }, { scale: state.scale, maximum });
    const hovered = placeOf(state.hover.key);
    const pinned = placeOf(state.key);
    rows.forEach((row, sentence) => {
      const weight = values.sentences[sentence];
      const unit = unitOf(weight);
      const ground = mixed(theme.ground, /** @type {any} */ (hues.sentence), GROUND_SHARE * unit);
      row.element.style.backgroundColor = cssColour(ground);
      row.element.dataset.value = String(weight);
      row.element.setAttribute("aria-selected", String(state.map === values.wordMaps[sentence]));
      row.element.classList.toggle("chosen", state.map === values.wordMaps[sentence]);
      row.element.classList.toggle("partner", [pinned, hovered].some((one) => one?.sentence === sentence && one.word === null));
      row.number.textContent = shown2(weight);
      row.bar.style.width = `${100 * unit}%`;
      row.bar.style.backgroundColor = cssColour(/** @type {any} */ (hues.sentence));
      row.head.setAttribute("aria-label", `Sentence ${sentence + 1} of ${rows.length}, weight ${shown(weight)}: ${data.sentences[sentence].label}`);
      const weights = values.words[sentence];
      const top = largest(weights);
      const wordUnit = scaleOf({ values: weights, maximum: top }, { scale: state.scale, maximum: top });
      row.words.forEach((word, place) => {
        const colour = mixed(theme.ground, /** @type {any} */ (hues.word), wordUnit(weights[place]));
        word.style.backgroundColor = cssColour(colour);
        word.style.color = luminance(colour) > 0.179 ? "#000000" : "#ffffff";
        word.dataset.value = String(weights[place]);
        word.setAttribute("aria-label", `${data.sentences[sentence].words[place]}, ${shown(weights[place])}`);
        const here = (/** @type {Place | null} */ one) => one?.sentence === sentence && one.word === place;
        word.classList.toggle("chosen", here(pinned));
        word.classList.toggle("partner", here(hovered) && !here(pinned));
      });
    });
    const page = theme.ground;
    sentenceLegend(page, mixed(page, /** @type {any} */ (hues.sentence), GROUND_SHARE), shortNumber(maximum),
      state.shared ? "colours shared 0 to 1" : "up to the most attended");
    wordLegend(page, /** @type {any} */ (hues.word), "strongest", "each sentence up to its own strongest word");
    summary.textContent = summaryOf();
    readout.textContent = pointed ? weightAt(pointed) : HINT;
    painted += 1;
    root.dataset.painted = String(painted);
    root.dataset.ready = "1";
  }

  /**
   * Where a key of the chosen map stands in the document; null if it stands nowhere.
   *
   * @param {number | null} key
   * @returns {Place | null}
   */
  function placeOf(key) {
    if (key === null || !values) return null;
    const { map } = store.get();
    if (map === values.sentenceMap) return { sentence: key, word: null };
    const sentence = values.wordMaps.indexOf(map);
    return sentence < 0 ? null : { sentence, word: key };
  }

  /**
   * The key of the chosen map that stands for a place; null if none does.
   *
   * @param {Place | null} place
   */
  function keyOf(place) {
    if (!place || !values) return null;
    const { map } = store.get();
    if (map === values.sentenceMap) return place.sentence;
    return map === values.wordMaps[place.sentence] ? place.word : null;
  }

  /** @param {Place | null} place */
  function point(place) {
    pointed = place;
    const key = keyOf(place);
    store.set({ hover: { query: null, key } });
    later();
  }

  /** @param {Place} place */
  function choose(place) {
    if (!values) return;
    const map = values.wordMaps[place.sentence];
    if (map < 0) return;
    const { map: now, key } = store.get();
    store.set({ map, key: place.word !== null && now === map && key === place.word ? null : place.word });
  }

  function summaryOf() {
    if (!values || !rows.length) return "This document has no sentences.";
    const [most] = strongestOf(values.sentences, 1);
    if (most === undefined) return "No sentence receives any attention.";
    const words = values.words[most];
    const told = strongestOf(words, TOLD).filter((word, rank) => rank === 0 || words[word] >= SMALLEST_TOLD).map((word) =>
      `${quoted(data.sentences[most].words[word])} (${shown2(words[word])})`);
    const inside = told.length > 1 ? `${told.slice(0, -1).join(", ")} and ${told[told.length - 1]}` : told[0] ?? "none of its words";
    return `Most attention goes to sentence ${most + 1} of ${rows.length}, ${quoted(data.sentences[most].label)} ` +
      `(${shown2(values.sentences[most])}), and in it to ${inside}.`;
  }

  /** @param {Place} place */
  function weightAt({ sentence, word }) {
    if (!values) return "";
    const whole = `Sentence ${sentence + 1}: ${shown(values.sentences[sentence])}`;
    if (word === null) return whole;
    return `${whole}. In it, ${quoted(data.sentences[sentence].words[word])}: ${shown(values.words[sentence][word])}`;
  }

  const placeAt = (/** @type {EventTarget | null} */ target) => {
    if (!(target instanceof Element)) return null;
    const row = target.closest("[role=row]");
    const word = target.closest(".word");
    if (!(row instanceof HTMLElement)) return null;
    return { sentence: Number(row.dataset.sentence), word: word instanceof HTMLElement ? Number(word.dataset.word) : null };
  };
  grid.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch") point(placeAt(event.target));
  });
  grid.addEventListener("pointerleave", () => point(null));
  grid.addEventListener("focusout", () => point(null));
  grid.addEventListener("focusin", (event) => {
    const place = placeAt(event.target);
    if (!place || quiet()) return;
    point(place);
    context.announce(weightAt(place));
  });
  grid.addEventListener("click", (event) => {
    const place = placeAt(event.target);
    if (!place || marksText(grid)) return; // somebody who marks text chooses nothing
    reach(place, true);
    choose(place);
  });
  grid.addEventListener("keydown", (event) => {
    const place = placeAt(event.target);
    if (!place || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") choose(place);
    else {
      const to = destination(rows, place, event.key);
      if (!to) return;
      reach(to, true);
    }
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  });

  function later() {
    delete root.dataset.ready;
    if (!pending) pending = requestAnimationFrame(draw);
  }
  const end = store.subscribe((_, changed) => {
    if (PAINTED.some((name) => changed.has(name))) later();
  });
  const shownAgain = new ResizeObserver(() => {
    if (!root.dataset.ready) later();
  });
  shownAgain.observe(root);
  later();
  return {
    destroy() {
      end();
      shownAgain.disconnect();
      cancelAnimationFrame(pending);
    },
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @returns {(from: import("./colours.js").Colour, to: import("./colours.js").Colour, high: string, note: string) => void}
 */
function legendPart(parent, name) {
  const part = addElement(parent, "div", "part");
  addElement(part, "span", "name").textContent = name;
  addElement(part, "span", "number").textContent = "0";
  const scale = addElement(part, "span", "scale");
  scale.setAttribute("aria-hidden", "true");
  const end = addElement(part, "span", "number");
  const about = addElement(part, "span", "note");
  return (from, to, high, note) => {
    scale.style.backgroundImage = `linear-gradient(to right, ${cssColour(from)}, ${cssColour(to)})`;
    end.textContent = high;
    about.textContent = note;
  };
}

/**
 * Two digits behind the point: beside bars, numbers of one length are compared at a glance.
 *
 * @param {number} weight
 */
function shown2(weight) {
  return weight.toFixed(2);
}
