/* A record of the page as a cell: what the book says there, what the reader has typed instead, and what it builds on. */

export class Cell {
  /* `source` is the cell as it stands in the notebook; `element` frames it in the page. */
  constructor(source, element) {
    const [magic, ...lines] = source.trimEnd().split("\n");
    this.element = element;
    this.magic = magic.trim();
    this.kind = this.magic.match(/^%%(\w+)/)[1];
    this.label = this.magic.match(/^%%\w+\s+(.*)/)?.[1] ?? "";
    this.hints = lines.filter((line) => line.startsWith("hint:")).map((line) => line.slice(5).trim());
    this.book = lines.filter((line) => !line.startsWith("hint:")).join("\n");
    this.text = this.book;
  }

  get source() { return `${this.magic}\n${this.text}`; }
  get changed() { return this.text !== this.book; }

  /* What a screen reader is told that this is: Equation 4.1, the setting, the exercise. */
  get name() {
    const named = this.element.querySelector(".derivation")?.getAttribute("aria-label");
    return { given: "the setting", exercise: "the exercise", refute: "the refuted line" }[this.kind]
      ?? named?.replace("Equation", "equation") ?? "the derivation";
  }
}

/* The cells of a page, in its order, each with a key that stays when others are added. */
export function readCells(root = document) {
  const cells = [], counts = {};
  root.querySelectorAll(".cell.record").forEach((element) => {
    const source = element.querySelector("details.source pre")?.textContent ?? "";
    if (!/^%%(given|derive|refute|exercise)\b/.test(source)) { return; }
    const cell = new Cell(source, element);
    const kind = cell.label && cell.kind !== "given" ? cell.magic : `%%${cell.kind}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
    cell.key = counts[kind] > 1 || kind === `%%${cell.kind}` ? `${kind} #${counts[kind]}` : kind;
    cells.push(cell);
  });
  return cells;
}

/* The settings above a cell, as the reader has them now. */
export function settingsBefore(cells, cell) {
  return cells.slice(0, cells.indexOf(cell)).filter(({ kind }) => kind === "given");
}
