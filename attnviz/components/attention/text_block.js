import { addToken, spaceBefore, writeSpace, writeToken } from "./text_tokens.js";

/**
 * Tokens as flowing text, each on a ground of its own: one listbox, whose tokens the keyboard walks through.
 *
 * Tokens are untrusted text: they reach the page through `textContent` and `setAttribute` only.
 *
 * @typedef {import("./text_pieces.js").Piece} Piece
 *
 * @typedef {object} BlockEvents
 * @property {(place: number | null) => void} onHover a token that the pointer or the keyboard is on
 * @property {(place: number) => void} onFocus a token that the keyboard came to
 * @property {(place: number) => void} onChoose
 *
 * @typedef {object} Painting
 * @property {Float32Array | null} values one a token; null for none
 * @property {(value: number) => number} unitOf value to 0..1
 * @property {string[]} grounds colour of each of the 256 steps
 * @property {string[]} inks colour of text on each of them
 * @property {number | null} chosen token whose attention is shown
 * @property {number | null} partner token at the other end, which is pinned or pointed at
 * @property {((place: number) => string) | null} nameOf what a screen reader says of a token; null while the pointer moves
 *
 * @typedef {object} Block
 * @property {HTMLElement} element
 * @property {(pieces: Piece[], names: string[], direction: string, label: string) => void} setTokens
 * @property {(painting: Painting) => void} paint
 * @property {() => number} reachable token that Tab reaches
 * @property {() => [number, number]} visible first token in sight and the one after the last
 * @property {() => void} destroy
 */

const OUTLINES = ["chosen", "partner"];
const MASKED = -2;
const NONE = -1;
const UNPAINTED = -3;
const LAST_STEP = 255;
const REST = 120;

/**
 * @param {HTMLElement} parent
 * @param {BlockEvents} events
 * @returns {Block}
 */
export function createBlock(parent, events) {
  const element = document.createElement("div");
  element.className = "flow";
  element.setAttribute("role", "listbox");
  parent.append(element);
  /** @type {HTMLElement[]} */
  let tokens = [];
  /** @type {Int16Array} */
  let steps = new Int16Array(0);
  /** @type {Painting | null} */
  let painting = null;
  let resting = 0;
  let colours = "";
  let reachable = 0;
  /** @type {(number | null)[]} chosen and partner, as they are painted */
  let outlined = [null, null];

  const mark = (/** @type {number | null} */ place, /** @type {string} */ name, /** @type {boolean} */ on) => {
    const token = place === null ? null : tokens[place];
    if (!token) return;
    token.classList.toggle(name, on);
    if (name === "chosen") token.setAttribute("aria-selected", String(on));
  };
  const quiet = quietWhilePointing(element);
  const reach = (/** @type {number} */ place, /** @type {boolean} */ focus = false) => {
    const before = tokens[reachable];
    reachable = place;
    const token = tokens[place];
    if (token) token.tabIndex = 0;
    if (focus) token.focus({ preventScroll: quiet() });
    // No others can take the focus: where an element can, the pointer marks no text that begins at its edge.
    if (before !== token) before?.removeAttribute("tabindex");
  };

  element.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // a touch chooses, and a hover that stays would hide what it chose
    events.onHover(placeOf(event.target));
  });
  element.addEventListener("pointerleave", () => events.onHover(null));
  element.addEventListener("click", (event) => {
    const place = placeOf(event.target);
    if (place === null || marksText(element)) return; // somebody who marks text does not choose a token
    reach(place, true);
    events.onChoose(place);
  });
  element.addEventListener("focusin", (event) => {
    const place = placeOf(event.target);
    if (place === null || quiet()) return;
    events.onHover(place);
    events.onFocus(place);
  });
  element.addEventListener("focusout", () => events.onHover(null));
  element.addEventListener("keydown", (event) => {
    const place = placeOf(event.target);
    if (place === null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      events.onChoose(place);
    } else {
      const to = destination(tokens, place, event.key, getComputedStyle(element).direction === "rtl");
      if (to === null) return;
      reach(to, true);
    }
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  });

  /**
   * @param {number} [around] as much above and below, in heights of the box
   * @returns {[number, number]}
   */
  function sight(around = 0) {
    const height = element.clientHeight;
    const top = element.scrollTop - around * height;
    const bottom = element.scrollTop + (1 + around) * height;
    const first = firstWhere(tokens, (token) => token.offsetTop + token.offsetHeight > top);
    return [first, Math.max(first, firstWhere(tokens, (token) => token.offsetTop >= bottom))];
  }

  /**
   * Colours the tokens in sight, and those that the next turn of the wheel brings there; only what changes is written. The
   * style of thousands that nobody sees would be as many objects for each input.
   *
   * @returns {[number, number]} the first of them and the one after the last
   */
  function shade() {
    if (!painting) return [0, 0];
    const { grounds, inks } = painting;
    const [from, to] = sight(1);
    for (let place = from; place < to; place += 1) {
      const token = tokens[place];
      const step = stepOf(painting, place);
      if (step === steps[place]) continue;
      steps[place] = step;
      token.style.backgroundColor = step >= 0 ? grounds[step] : "";
      token.style.color = step >= 0 ? inks[step] : "";
      if (token.classList.contains("masked") !== (step === MASKED)) token.classList.toggle("masked");
    }
    return [from, to];
  }

  /**
   * Writes what the tokens from `from` to before `to` are worth.
   *
   * @param {Painting} now
   * @param {number} from
   * @param {number} to
   */
  function tell(now, from, to) {
    for (let place = from; place < to; place += 1) {
      const step = stepOf(now, place);
      // By its name: `dataset` is an object more for each token.
      tokens[place].setAttribute("data-value", step === NONE ? "" : step === MASKED ? "masked" : String(now.values?.[place]));
      if (now.nameOf) tokens[place].setAttribute("aria-label", now.nameOf(place));
    }
  }

  /** @param {Painting} now */
  function outline(now) {
    const wanted = [now.chosen, now.partner === now.chosen ? null : now.partner];
    OUTLINES.forEach((name, index) => {
      if (outlined[index] !== wanted[index]) mark(outlined[index], name, false);
      mark(wanted[index], name, true);
    });
    outlined = wanted;
  }

  element.addEventListener("scroll", shade, { passive: true });
  const sizes = new ResizeObserver(shade);
  sizes.observe(element);

  return {
    element,
    reachable: () => reachable,
    setTokens(pieces, names, direction, label) {
      element.dir = direction;
      element.setAttribute("aria-label", label);
      for (const [index, name] of OUTLINES.entries()) mark(outlined[index], name, false);
      // The elements that are there are written anew: thousands of others for each input would be as many to clear away.
      for (const left of tokens.splice(pieces.length)) {
        spaceBefore(left)?.remove();
        left.remove();
      }
      const known = steps;
      steps = new Int16Array(pieces.length).fill(UNPAINTED);
      pieces.forEach((piece, place) => {
        if (place === tokens.length) tokens.push(addToken(element, place));
        const token = tokens[place];
        writeSpace(token, piece.before);
        if (writeToken(token, piece, names[place], place > 0 && !piece.before, place + 1 < pieces.length && !pieces[place + 1].before)) {
          steps[place] = known[place] ?? UNPAINTED;
        }
      });
      element.scrollTop = 0;
      painting = null;
      clearTimeout(resting);
      outlined = [null, null];
      reach(Math.min(reachable, Math.max(0, tokens.length - 1)));
    },
    paint(next) {
      const palette = `${next.grounds[0]} ${next.grounds[LAST_STEP]}`;
      if (palette !== colours) steps.fill(UNPAINTED);
      colours = palette;
      painting = next;
      const seen = shade(); // before anything else is written, which would lay out the page again
      outline(next);
      clearTimeout(resting);
      const all = () => tell(next, 0, tokens.length);
      if (next.nameOf) return all();
      tell(next, ...seen);
      resting = setTimeout(all, REST); // of thousands of tokens the others can wait until the pointer rests
    },
    visible: () => sight(),
    destroy() {
      sizes.disconnect();
      clearTimeout(resting);
    },
  };
}

/**
 * Whether text inside `root` is marked.
 *
 * @param {HTMLElement} root
 */
export function marksText(root) {
  const home = /** @type {any} */ (root.getRootNode());
  const marked = home.getSelection ? home.getSelection() : window.getSelection();
  return Boolean(marked && !marked.isCollapsed && marked.toString());
}

/**
 * Marks `element` with the class "quiet" while what is focused in it was clicked: a browser would show the focus there as if
 * the keyboard had brought it.
 *
 * @param {HTMLElement} element
 * @returns {() => boolean} whether it is so
 */
export function quietWhilePointing(element) {
  const set = (/** @type {boolean} */ quiet) => element.classList.toggle("quiet", quiet);
  element.addEventListener("pointerdown", () => set(true));
  element.addEventListener("keydown", () => set(false));
  element.addEventListener("focusout", (event) => {
    if (!element.contains(/** @type {Node | null} */ (event.relatedTarget))) set(false);
  });
  return () => element.classList.contains("quiet");
}

/**
 * @param {Painting} painting
 * @param {number} place
 * @returns {number} 0 to 255, or what the token is instead of coloured
 */
function stepOf({ values, unitOf }, place) {
  if (!values) return NONE;
  return Number.isNaN(values[place]) ? MASKED : Math.round(LAST_STEP * unitOf(values[place]));
}

/**
 * Where a key leads from `place`; null for keys that lead nowhere.
 *
 * @param {HTMLElement[]} tokens
 * @param {number} place
 * @param {string} key
 * @param {boolean} leftwards whether the text runs from right to left
 * @returns {number | null}
 */
function destination(tokens, place, key, leftwards) {
  const last = tokens.length - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  if (key === (leftwards ? "ArrowLeft" : "ArrowRight")) return Math.min(last, place + 1);
  if (key === (leftwards ? "ArrowRight" : "ArrowLeft")) return Math.max(0, place - 1);
  if (key === "ArrowDown") return inOtherLine(tokens, place, 1);
  if (key === "ArrowUp") return inOtherLine(tokens, place, -1);
  return null;
}

/**
 * The token nearest to `place` in the line below or above it; `place` itself where there is none.
 *
 * @param {HTMLElement[]} tokens
 * @param {number} place
 * @param {1 | -1} step
 */
function inOtherLine(tokens, place, step) {
  const middle = tokens[place].offsetLeft + tokens[place].offsetWidth / 2;
  const top = tokens[place].offsetTop;
  let line = null;
  let best = place;
  let least = Infinity;
  for (let other = place + step; other >= 0 && other < tokens.length; other += step) {
    const { offsetTop, offsetLeft, offsetWidth } = tokens[other];
    if (Math.abs(offsetTop - top) < 4) continue;
    line ??= offsetTop;
    if (Math.abs(offsetTop - line) >= 4) break;
    const distance = Math.abs(offsetLeft + offsetWidth / 2 - middle);
    if (distance < least) [least, best] = [distance, other];
  }
  return best;
}

/**
 * First token of which `holds` is true; it is false before and true from there on.
 *
 * @param {HTMLElement[]} tokens
 * @param {(token: HTMLElement) => boolean} holds
 */
function firstWhere(tokens, holds) {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(tokens[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param {EventTarget | null} target */
function placeOf(target) {
  const token = target instanceof Element ? target.closest(".token") : null;
  return token instanceof HTMLElement ? Number(token.dataset.position) : null;
}
