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

  /* What the checker says to a cell; rejects with Stopped when that takes longer than LIMIT seconds. */
  ask(cell, before) {
    const answer = this.#last.then(async () => {
      await this.warm();
      return new Promise((resolve, reject) => {
        const clock = setTimeout(() => this.stop(`Stopped after ${LIMIT} seconds: this takes too long in a browser.`), LIMIT * 1000);
        const settle = (how) => (value) => { clearTimeout(clock); this.#waiting = null; how(value); };
        this.#waiting = { resolve: settle(resolve), reject: settle(reject) };
        this.#worker.postMessage({ cell, before });
      });
    });
    this.#last = answer.catch(() => {});
    return answer;
  }

  /* Ends the worker, whatever it does, and starts another. */
  stop(why) {
    this.#end(new Stopped(why));
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
