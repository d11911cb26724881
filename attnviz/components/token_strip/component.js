/**
 * Tokens in reading order, each shaded by the attention it receives. A click chooses the query.
 *
 * Tokens are untrusted text: they reach the page through `textContent`, `title` and `setAttribute` only.
 *
 * @typedef {object} Payload
 * @property {string[]} tokens
 * @property {number[]} values attention that each token receives
 * @property {number} low value at the pale end of the colours
 * @property {number} high value at the strong end
 * @property {number | null} selected position of the chosen query; null for the mean
 * @property {boolean} selectable whether a token can be chosen
 * @property {string} title
 * @property {string} scaleNote
 * @property {string} description
 *
 * @typedef {[number, number, number]} Colour red, green and blue from 0 to 255
 *
 * @typedef {object} Strip what one mounted component remembers between runs
 * @property {HTMLElement} root
 * @property {HTMLElement} caption
 * @property {HTMLElement} tokens
 * @property {HTMLElement} hint
 * @property {HTMLElement} low
 * @property {HTMLElement} high
 * @property {HTMLElement} lowValue
 * @property {HTMLElement} highValue
 * @property {HTMLElement} note
 * @property {Payload} data
 * @property {number} reachable position of the token that Tab reaches
 * @property {(name: string, value: unknown) => void} send
 */

/** @type {WeakMap<object, Strip>} */
const strips = new WeakMap();

/**
 * Called by Streamlit when the component is mounted, and again when its data or the theme change.
 *
 * @param {{data: Payload, parentElement: HTMLElement | ShadowRoot,
 *          setTriggerValue: (name: string, value: unknown) => void}} component
 * @returns {() => void}
 */
export default function render({ data, parentElement, setTriggerValue }) {
  let strip = strips.get(parentElement);
  if (!strip) {
    strip = build(/** @type {HTMLElement} */ (parentElement.querySelector(".strip")));
    strips.set(parentElement, strip);
  }
  strip.send = setTriggerValue;
  update(strip, data);
  return () => strips.delete(parentElement);
}

/**
 * @param {HTMLElement} root
 * @returns {Strip}
 */
function build(root) {
  const caption = element(root, "div", "caption");
  const tokens = element(root, "div", "tokens");
  const legend = element(root, "div", "legend");
  const lowValue = element(legend, "span", "number");
  const scale = element(legend, "span", "scale");
  scale.setAttribute("aria-hidden", "true");
  const low = element(scale, "span", "low");
  const high = element(scale, "span", "high");
  const highValue = element(legend, "span", "number");
  const note = element(legend, "span", "note");
  const hint = element(root, "div", "hint");
  /** @type {Strip} */
  const strip = {
    root, caption, tokens, hint, low, high, lowValue, highValue, note,
    data: /** @type {Payload} */ ({ tokens: [] }), reachable: 0, send: () => {},
  };
  tokens.onclick = (event) => {
    const position = positionOf(event.target);
    // Somebody who marks text with the mouse does not choose a token.
    if (position !== null && !marksText(root)) choose(strip, position);
  };
  tokens.onkeydown = (event) => onKey(strip, event);
  return strip;
}

/**
 * @param {Strip} strip
 * @param {Payload} data
 */
function update(strip, data) {
  const { root, tokens } = strip;
  root.removeAttribute("data-ready");
  // The same text keeps its elements, and so the keyboard's focus and what is marked.
  if (!same(strip.data.tokens, data.tokens) || strip.data.selectable !== data.selectable) {
    tokens.replaceChildren(...data.tokens.map((token, position) => tokenElement(token, position, data.selectable)));
    strip.reachable = data.selected ?? 0;
  } else if (data.selected !== null && data.selected !== strip.data.selected) {
    strip.reachable = data.selected;
  }
  strip.data = data;
  tokens.setAttribute("role", data.selectable ? "listbox" : "list");
  tokens.setAttribute("aria-label", data.title);
  if (data.selectable) tokens.setAttribute("aria-orientation", "horizontal");
  else tokens.removeAttribute("aria-orientation");
  strip.caption.textContent = data.title;
  strip.lowValue.textContent = shown(data.low);
  strip.highValue.textContent = shown(data.high);
  strip.note.textContent = data.scaleNote;
  strip.hint.textContent = hintFor(data);
  paint(strip);
  // A long text scrolls; where no token takes the focus, the keyboard scrolls it here.
  if (!data.selectable && tokens.scrollHeight > tokens.clientHeight) tokens.tabIndex = 0;
  else tokens.removeAttribute("tabindex");
  root.dataset.ready = "1";
}

/** @param {Strip} strip */
function paint(strip) {
  const { data } = strip;
  const pale = colourOf(strip.low);
  const strong = colourOf(strip.high);
  const range = data.high - data.low || 1;
  [...strip.tokens.children].forEach((child, position) => {
    const token = /** @type {HTMLElement} */ (child);
    const value = data.values[position];
    const share = Math.min(1, Math.max(0, (value - data.low) / range));
    const colour = mixed(pale, strong, share);
    token.style.backgroundColor = `rgb(${colour.join(" ")})`;
    token.style.color = readableOn(colour);
    token.title = `${data.tokens[position]}: ${value.toFixed(6)}`;
    token.dataset.value = String(value);
    token.setAttribute("aria-label", `${data.tokens[position]}, ${value.toFixed(2)}`);
    if (data.selectable) {
      token.setAttribute("aria-selected", String(position === data.selected));
      token.tabIndex = position === strip.reachable ? 0 : -1;
    }
  });
}

/**
 * @param {Strip} strip
 * @param {number | null} position
 */
function choose(strip, position) {
  if (!strip.data.selectable) return;
  const selected = position === strip.data.selected ? null : position;
  if (position !== null) strip.reachable = position;
  // Shown at once; Python answers with the values of the new query.
  strip.data = { ...strip.data, selected };
  paint(strip);
  strip.root.removeAttribute("data-ready");
  strip.send("chosen", { position: selected });
}

/**
 * @param {Strip} strip
 * @param {KeyboardEvent} event
 */
function onKey(strip, event) {
  const position = positionOf(event.target);
  if (position === null || !strip.data.selectable || event.ctrlKey || event.metaKey || event.altKey) return;
  const last = strip.data.tokens.length - 1;
  /** @type {Record<string, number>} */
  const moves = {
    ArrowRight: position + 1, ArrowDown: position + 1, ArrowLeft: position - 1, ArrowUp: position - 1,
    Home: 0, End: last,
  };
  if (event.key in moves) {
    strip.reachable = Math.min(last, Math.max(0, moves[event.key]));
    [...strip.tokens.children].forEach((child, other) => {
      /** @type {HTMLElement} */ (child).tabIndex = other === strip.reachable ? 0 : -1;
    });
    /** @type {HTMLElement} */ (strip.tokens.children[strip.reachable]).focus();
  } else if (event.key === "Enter" || event.key === " ") {
    choose(strip, position);
  } else if (event.key === "Escape") {
    if (strip.data.selected === null) return;
    choose(strip, strip.data.selected);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation(); // the page has shortcuts of its own
}

/**
 * @param {string} token
 * @param {number} position
 * @param {boolean} selectable
 */
function tokenElement(token, position, selectable) {
  const child = document.createElement("span");
  child.className = "token";
  child.textContent = token;
  child.dir = "auto";
  child.dataset.position = String(position);
  child.setAttribute("role", selectable ? "option" : "listitem");
  return child;
}

/** @param {Payload} data */
function hintFor(data) {
  if (!data.selectable) return "";
  return data.selected === null
    ? "Choose a token to see what it attends to."
    : "Choose the outlined token again, or press Escape, for the mean over all.";
}

/**
 * @param {EventTarget | null} target
 * @returns {number | null}
 */
function positionOf(target) {
  const token = target instanceof Element ? target.closest(".token") : null;
  return token instanceof HTMLElement ? Number(token.dataset.position) : null;
}

/** @param {HTMLElement} root */
function marksText(root) {
  const home = /** @type {Document} */ (root.getRootNode());
  const marked = home.getSelection ? home.getSelection() : window.getSelection();
  return Boolean(marked && !marked.isCollapsed && marked.toString());
}

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} className
 */
function element(parent, name, className) {
  const child = document.createElement(name);
  child.className = className;
  parent.append(child);
  return child;
}

/**
 * The colour that the theme gives to an end of the legend.
 *
 * @param {HTMLElement} end
 * @returns {Colour}
 */
function colourOf(end) {
  const [red, green, blue] = (getComputedStyle(end).backgroundColor.match(/[\d.]+/g) ?? []).map(Number);
  return [red ?? 0, green ?? 0, blue ?? 0];
}

/**
 * @param {Colour} from
 * @param {Colour} to
 * @param {number} share from 0 to 1
 * @returns {Colour}
 */
function mixed(from, to, share) {
  return /** @type {Colour} */ (from.map((channel, index) => Math.round(channel + (to[index] - channel) * share)));
}

/**
 * Black or white, whichever has the higher contrast (WCAG 2.1): at least 4.5 to 1 on any colour.
 *
 * @param {Colour} colour
 */
function readableOn(colour) {
  const [red, green, blue] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#000" : "#fff";
}

/**
 * @param {string[]} first
 * @param {string[]} second
 */
function same(first, second) {
  return first.length === second.length && first.every((token, index) => token === second[index]);
}

/** @param {number} value */
function shown(value) {
  return String(Number(value.toPrecision(2)));
}
