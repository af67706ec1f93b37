/* The page's side of the worker: it is started when it is first needed, answers one cell at a time, and is ended when an
   answer takes too long. A new one then takes its place, so nothing that a reader types can stop the page. */
export const LIMIT = 20;      // seconds that one check may take

export class Stopped extends Error {}

class Checker {
  #worker = null;
  #ready = null;              // settles when the worker can answer
  #fail = () => {};           // rejects it
  #waiting = null;            // {resolve, reject} of the cell that is being checked
  #last = Promise.resolve();  // the cells are checked one after the other
  #state = { share: 0, phase: "Loading the checker" };
  #listeners = new Set();

  /* Calls `listener` with {share, phase} while the worker is on its way; returns what ends that. */
  follow(listener) {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  warm() {
    if (this.#worker) { return this.#ready; }
    this.#tell({ share: 0, phase: "Loading the checker" });
    this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.#ready = new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#worker.onmessage = ({ data }) => this.#hear(data, resolve);
      this.#worker.onerror = (event) => {
        event.preventDefault();
        this.#end(new Error(event.message || "the worker could not be started"));
      };
    });
    this.#ready.catch(() => {});
    return this.#ready;
  }

  /* What the checker says to a cell; rejects with Stopped when that takes longer than LIMIT seconds, and with the reason
     of `signal` when that is aborted, before its turn or in it. */
  ask(cell, before, signal = new AbortController().signal) {
    const taken = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const turn = this.#last.then(() => this.#turn(cell, before, signal));
    this.#last = turn.catch(() => {});
    return Promise.race([turn, taken]);
  }

  async #turn(cell, before, signal) {
    signal.throwIfAborted();
    const stop = () => this.#stop(signal.reason);
    signal.addEventListener("abort", stop);
    const late = new Stopped(`Stopped after ${LIMIT} seconds: this takes too long in a browser.`);
    let clock;
    try {
      await this.warm();
      clock = setTimeout(() => this.#stop(late), LIMIT * 1000);
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
        this.#worker.postMessage({ cell, before });
      });
    } finally {
      clearTimeout(clock);
      this.#waiting = null;
      signal.removeEventListener("abort", stop);
    }
  }

  /* Ends the worker, whatever it does, and starts another. */
  #stop(why) {
    this.#end(why);
    this.warm();
  }

  #hear(data, resolve) {
    if (data.ready) { this.#tell({ share: 1, phase: "" }); resolve(); }
    else if (data.reply) { this.#waiting?.resolve(data.reply); }
    else if (data.failure && data.lost) { this.#end(new Error(data.failure)); }
    else if (data.failure) { this.#waiting?.reject(new Error(data.failure)); }
    else { this.#tell(data); }
  }

  #end(error) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#fail(error);
    this.#waiting?.reject(error);
  }

  #tell(state) {
    this.#state = state;
    this.#listeners.forEach((listener) => listener(state));
  }
}

export const checker = new Checker();
