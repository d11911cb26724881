/**
 * Mouse, touch, trackpad and keyboard on a heatmap, as what they mean.
 *
 * @typedef {{query: number | null, key: number | null}} Pinned
 *
 * @typedef {object} Gestures places are pixels of the stage
 * @property {(left: number, top: number, factor: number) => boolean} zoom returns whether anything changed
 * @property {(right: number, down: number) => void} pan
 * @property {() => boolean} zoomed whether there is anything to pan to
 * @property {(left: number, top: number) => void} hover
 * @property {() => void} leave
 * @property {(left: number, top: number) => void} press
 * @property {() => Pinned} pinned what is pinned now
 * @property {(before: Pinned) => void} whole a double click, and what was pinned before it
 * @property {(event: KeyboardEvent) => boolean} key returns whether the key was taken
 */

const CLICK = 4; // pixels that a click may move
const WHEEL = 0.0022; // of a zoom a pixel of the wheel
const WHEEL_LINE = 16; // pixels a line, where the wheel counts lines
const PINCH_STEP = 50;

/**
 * @param {HTMLElement} stage
 * @param {Gestures} gestures
 * @returns {() => void} takes the listeners away
 */
export function listenForGestures(stage, gestures) {
  /** @type {Map<number, {x: number, y: number}>} */
  const pointers = new Map();
  let moved = 0;
  let pinched = false;
  let pins = [gestures.pinned(), gestures.pinned()]; // before the last press but one, and before the last

  const at = (/** @type {MouseEvent} */ event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  /** @param {PointerEvent} event */
  const down = (event) => {
    if (event.button !== 0) return;
    pins = [pins[1], gestures.pinned()];
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 1) {
      moved = 0;
      pinched = false;
    } else {
      pinched = true;
    }
  };
  /** @param {PointerEvent} event */
  const move = (event) => {
    const now = at(event);
    if (event.buttons === 0) pointers.delete(event.pointerId); // let go of outside
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") gestures.hover(now.x, now.y);
      return;
    }
    if (pointers.size === 2) pinch(event.pointerId, before, now);
    else drag(event, before, now);
    pointers.set(event.pointerId, now);
  };
  /** @param {number} id @param {{x: number, y: number}} before @param {{x: number, y: number}} now */
  const pinch = (id, before, now) => {
    const other = [...pointers].find(([one]) => one !== id)?.[1];
    if (!other) return;
    const distance = (/** @type {{x: number, y: number}} */ one) => Math.max(8, Math.hypot(one.x - other.x, one.y - other.y));
    // First the zoom: the whole matrix cannot be moved.
    gestures.zoom((before.x + other.x) / 2, (before.y + other.y) / 2, distance(now) / distance(before));
    gestures.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  };
  /** @param {PointerEvent} event @param {{x: number, y: number}} before @param {{x: number, y: number}} now */
  const drag = (event, before, now) => {
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (moved <= CLICK) return;
    if (!stage.hasPointerCapture(event.pointerId)) stage.setPointerCapture(event.pointerId);
    if (gestures.zoomed()) {
      stage.dataset.dragging = "1";
      gestures.leave();
      gestures.pan(now.x - before.x, now.y - before.y);
    } else {
      gestures.hover(now.x, now.y);
    }
  };
  /** @param {PointerEvent} event */
  const up = (event) => {
    const began = pointers.delete(event.pointerId);
    delete stage.dataset.dragging;
    if (!began || event.type === "pointercancel") return;
    const { x, y } = at(event);
    if (!pinched && moved <= CLICK) {
      gestures.hover(x, y);
      gestures.press(x, y);
    }
  };
  /** @param {PointerEvent} event */
  const out = (event) => {
    if (event.pointerType !== "touch" && !pointers.has(event.pointerId)) gestures.leave();
  };
  /** @param {WheelEvent} event */
  const wheel = (event) => {
    const root = /** @type {Document | ShadowRoot} */ (stage.getRootNode());
    // The page scrolls on, unless the heatmap was clicked before; a trackpad's pinch comes as a wheel with Ctrl.
    if (!event.ctrlKey && !event.metaKey && root.activeElement !== stage) return;
    const { x, y } = at(event);
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1);
    // A pinch comes in small steps with Ctrl, a wheel in steps of a hundred or so.
    const finer = event.ctrlKey && Math.abs(pixels) < PINCH_STEP ? 4 : 1;
    const factor = Math.exp(-Math.max(-240, Math.min(240, pixels)) * finer * WHEEL);
    const changed = gestures.zoom(x, y, factor);
    if (changed || event.ctrlKey || event.metaKey) event.preventDefault();
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (gestures.key(event)) event.preventDefault();
  };
  // What is pinned may move the picture: the second click need not take back what the first one pinned.
  const twice = () => gestures.whole(pins[0]);

  const listeners = /** @type {[string, (event: any) => void, AddEventListenerOptions?][]} */ ([
    ["pointerdown", down], ["pointermove", move], ["pointerup", up], ["pointercancel", up], ["pointerleave", out],
    ["wheel", wheel, { passive: false }], ["keydown", key], ["dblclick", twice],
  ]);
  for (const [name, listener, options] of listeners) stage.addEventListener(name, listener, options);
  return () => {
    for (const [name, listener, options] of listeners) stage.removeEventListener(name, listener, options);
  };
}
