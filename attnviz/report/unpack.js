/*
 * Unpacks what this file holds, and starts it. The page's policy names this script and the unpacked one by their
 * digests: no other can run.
 */
const report = {};
window.attnvizReport = report;

/** @param {string} id of an element with compressed bytes in base64 */
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {string} text */
function say(text) {
  document.getElementById("problem").textContent = text;
}

/**
 * Numbers byte by byte; the file holds first the first bytes of all of them, then the second ones, which packs better.
 *
 * @param {Uint8Array} planes
 * @param {number} size bytes of a number
 */
function joined(planes, size) {
  const count = planes.length / size;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < size; plane += 1) {
    for (let one = 0; one < count; one += 1) bytes[one * size + plane] = planes[plane * count + one];
  }
  return bytes;
}

if (typeof DecompressionStream === "undefined") {
  say("This browser is too old to unpack the views: use Chrome or Edge 80, Firefox 113, Safari 16.4, or a later one.");
} else {
  try {
    const [data, cells, program] = await Promise.all(["data", "cells", "program"].map(unpacked));
    const text = new TextDecoder();
    Object.assign(report, JSON.parse(text.decode(data)));
    report.cells = joined(cells, report.meta.type === "float32" ? 4 : 2);
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = text.decode(program);
    document.body.append(script);
  } catch (error) {
    say(`The views of this file cannot be unpacked, it is damaged: ${error.message}`);
  }
}
