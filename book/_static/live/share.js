/* A reader's lines in the fragment of an address: #live=… holds them, compressed; no server ever sees a fragment. */
const SIGN = "#live=";
const MOST = 40_000;      // bytes that a link may unfold to; a longer one is not made

/* The address of this page with `value` in its fragment; an error when that is too long to be opened again. */
export async function linkTo(value) {
  const blob = new Blob([JSON.stringify(value)]);
  if (blob.size > MOST) { throw new Error("your lines are too long for one"); }
  const packed = await bytes(blob.stream().pipeThrough(new CompressionStream("deflate-raw")));
  const text = btoa(String.fromCharCode(...packed)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return location.href.split("#")[0] + SIGN + text;
}

/* What the fragment of this page holds: null without one, an error when it cannot be read. */
export async function shared(fragment) {
  if (!fragment.startsWith(SIGN)) { return null; }
  const packed = atob(fragment.slice(SIGN.length).replaceAll("-", "+").replaceAll("_", "/"));
  const stream = new Blob([Uint8Array.from(packed, (letter) => letter.charCodeAt(0))]).stream();
  const text = new TextDecoder().decode(await bytes(stream.pipeThrough(new DecompressionStream("deflate-raw"))));
  return JSON.parse(text);
}

async function bytes(stream) {
  const parts = [];
  let length = 0;
  for (const reader = stream.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) { return new Uint8Array(await new Blob(parts).arrayBuffer()); }
    parts.push(value);
    length += value.length;
    if (length > MOST) { throw new Error("it is too long"); }
  }
}
