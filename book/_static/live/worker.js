/* Python in a worker: Pyodide starts, reads the checker from two archives of bytecode, and answers one cell at a time.
   What comes in: {cell, before}. What goes out: {share, phase} on the way to being ready, then {ready}, then {reply} or
   {failure} for each cell. Nothing is fetched but from the folder beside this file. */
const folder = new URL("vendor/", import.meta.url);
const PACKED = ["python_stdlib.zip", "libraries.zip", "nblib.zip", "pyodide.asm.wasm"];
const ANSWER = `
import json, sys
sys.path[:0] = ["/nblib.zip", "/libraries.zip"]
from nblib.answer import answer
answer("%%derive\\nx &= x", ["%%given\\nx \\\\in \\\\mathbb{R}"])      # the parser is made now, not in the first check
lambda asked: json.dumps(answer(**json.loads(asked)))
`;
const request = self.fetch.bind(self);
const own = new Map();      // what Pyodide asks for and we have fetched ourselves, by file name
self.fetch = (resource, options) => own.get(new URL(resource, folder).pathname.split("/").pop()) ?? request(resource, options);

const answering = start();
answering.then(() => self.postMessage({ ready: true }), (error) => self.postMessage({ failure: String(error), lost: true }));

self.onmessage = async ({ data }) => {
  try {
    const answer = await answering;
    self.postMessage({ reply: JSON.parse(answer(JSON.stringify(data))) });
  } catch (error) {
    self.postMessage({ failure: lastLine(error), lost: error.type === undefined });
  }
};

async function start() {
  const manifest = await (await request(new URL("manifest.json", folder), { cache: "no-cache" })).json();
  const parts = download(manifest.files);
  const archives = Object.fromEntries(PACKED.slice(0, 3).map((name) => [name, parts[name].then((response) => response.arrayBuffer())]));
  const [library, { loadPyodide }] = await Promise.all([archives["python_stdlib.zip"], import(address("pyodide.mjs", manifest.files))]);
  own.set("python_stdlib.zip", new Response(library));
  own.set("pyodide.asm.wasm", parts["pyodide.asm.wasm"]);        // compiled while it arrives
  const python = await loadPyodide({ indexURL: folder.href, lockFileContents: manifest.lock, packageBaseUrl: folder.href });
  self.postMessage({ share: 0.8, phase: "Starting the checker" });
  for (const name of ["libraries.zip", "nblib.zip"]) { python.FS.writeFile(`/${name}`, new Uint8Array(await archives[name])); }
  return python.runPython(ANSWER);
}

/* What is packed, as responses that unpack it while it arrives; the first half of the bar. */
function download(files) {
  const packed = (name) => files[`${name}.deflate`].bytes;
  const total = PACKED.reduce((sum, name) => sum + packed(name), 0);
  let loaded = 0;
  const count = () => new TransformStream({
    transform(chunk, out) {
      loaded += chunk.byteLength;
      self.postMessage({ share: 0.5 * loaded / total, phase: "Loading the checker" });
      out.enqueue(chunk);
    },
  });
  return Object.fromEntries(PACKED.map((name) => [name, request(address(`${name}.deflate`, files)).then((response) => {
    if (!response.ok) { throw new Error(`${name} cannot be loaded (${response.status})`); }
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/zip";
    return new Response(response.body.pipeThrough(count()).pipeThrough(new DecompressionStream("deflate")), { headers: { "Content-Type": type } });
  })]));
}

/* With the hash of the file, so that no cache gives an old one. */
function address(name, files) {
  return new URL(`${name}?v=${files[name].sha256.slice(0, 12)}`, folder).href;
}

function lastLine(error) {
  return String(error.message ?? error).trim().split("\n").pop();
}
