// Makes one document of the pages of the site, ready for paper. `tools/pdf.py` calls `assemble` in a page of the site,
// then `fit` and `astray`; after a first printing `number`.

// Opened on paper are answers. Left out are what serves a screen only, the LaTeX of what is typeset, the code of figures,
// and the landing page's cards, which say again what the contents say.
const LEFT_OUT = "script, style, button, form, input, textarea, output, .headerlink, .nb-player-bar, .tip, " +
  ".exercise.is-open .feedback, details.source, .tag_hide-input details.hide, details.hide > summary, " +
  "details.solution > summary, section:has(> .sd-container-fluid)";
// What scrolls on a screen is made smaller on paper.
const MAY_BE_WIDE = ".line .left, .line .right, .equation .formula, .setting .item, .counterexample dd, " +
  ".pst-scrollable-table-container, .ledger .scroll, .bd-article p, .bd-article li, .bd-article figcaption";

const make = (tag, attributes = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};

/** The article of one page: its ids begin with the page's name, its links lead to those ids or out to the site. */
const chapter = async (name, names, home) => {
  const here = new URL(`${name}.html`, location.href);
  const text = await (await fetch(here)).text();
  const article = document.adoptNode(new DOMParser().parseFromString(text, "text/html").querySelector("article.bd-article"));
  article.querySelectorAll(LEFT_OUT).forEach((element) => element.remove());
  article.querySelectorAll("[id]").forEach((element) => {
    if (!element.closest("svg")) { element.id = `${name}--${element.id}`; }
  });
  article.querySelectorAll("a[href]").forEach((link) => {
    const target = new URL(link.getAttribute("href"), here);
    if (target.host !== location.host) { return; }
    const page = target.pathname.replace(/^.*\/|\.html$/g, "");
    const inside = target.pathname === new URL(`${page}.html`, here).pathname && names.includes(page);
    link.href = inside ? `#${page}${target.hash.replace("#", "--")}` : home + target.pathname.slice(1) + target.hash;
  });
  article.querySelectorAll("img[src]").forEach((image) => {
    image.src = new URL(image.getAttribute("src"), here);
    image.loading = "eager";
  });
  article.querySelectorAll(".ledger details").forEach((list) => {
    list.replaceWith(make("p", { className: "in-short" }, ...list.querySelector("summary").childNodes));
  });
  article.querySelectorAll("details").forEach((fold) => {
    fold.replaceWith(make("div", { className: fold.className }, ...fold.childNodes));
  });
  article.id = name;
  article.style.page = name.replaceAll("_", "-");
  return article;
};

/** The contents: the parts, and in each the chapters, which are links and wait for their page numbers. */
const contents = (parts, articles) => {
  const list = make("nav", { className: "book-contents" }, make("p", { className: "heading" }, "Contents"));
  for (const [caption, pages] of parts) {
    if (caption) { list.append(make("p", { className: "part" }, caption)); }
    for (const page of pages) {
      const title = [...articles.get(page).querySelector("h1").childNodes].map((node) => node.cloneNode(true));
      const number = make("span", { className: "page-number" });
      list.append(make("a", { href: `#${page}` }, make("span", { className: "title" }, ...title), number));
    }
  }
  return list;
};

/** The whole book in place of the page. */
globalThis.assemble = async ({ parts, title, author, copyright, home, style }) => {
  const names = parts.flatMap(([, pages]) => pages);
  const articles = new Map();
  for (const name of names) { articles.set(name, await chapter(name, names, home)); }
  const front = make("header", { className: "title-page" },
    make("p", { className: "title" }, title),
    make("p", { className: "subtitle" }, "The gradients of deep learning, derived by hand and checked line by line"),
    make("p", { className: "author" }, author),
    make("p", { className: "imprint" }, `© ${copyright}. Text and figures: CC BY 4.0. Code: BSD 3-Clause.`),
    make("p", { className: "imprint" }, make("a", { href: home }, home)));
  const heads = [...articles].map(([name, article]) => {
    const words = article.querySelector("h1").innerText.trim().replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    return `@page ${name.replaceAll("_", "-")} { @top-left { content: "${words}"; } }`;
  });
  document.documentElement.dataset.theme = document.documentElement.dataset.mode = "light";
  document.documentElement.lang = "en";
  document.title = title;
  document.head.append(make("style", {}, style + heads.join("\n")));
  document.body.replaceChildren(make("main", { className: "book" }, front, contents(parts, articles), ...articles.values()));
  await Promise.all([...document.images].map((image) => image.decode()));
  await document.fonts.ready;
};

/** Everything is as wide as the page or narrower; returns what is still cut, or became too small to read for that. */
globalThis.fit = (smallest = 0.5) => {
  const refused = [];
  const refuse = (element) => {
    const words = element.textContent.replace(/\s+/g, " ").trim();
    refused.push(`${element.closest("article")?.id}: ${words.slice(0, 80)}`);
  };
  for (const frame of document.querySelectorAll(MAY_BE_WIDE)) {
    const ratio = frame.clientWidth / frame.scrollWidth;
    if (!frame.clientWidth || frame.scrollWidth <= frame.clientWidth + 1) { continue; }
    frame.style.zoom = ratio * 0.985;
    if (ratio < smallest) { refuse(frame); }
  }
  const width = document.documentElement.clientWidth;
  for (const element of document.body.querySelectorAll(":not(svg *, math *)")) {
    const seen = element.clientWidth > 1;   // what is there for a screen reader alone is one pixel wide
    const hides = getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    if ((seen && hides) || element.getBoundingClientRect().right > width + 1) { refuse(element); }
  }
  return refused;
};

/** The links within the book that lead nowhere. */
globalThis.astray = () => [...document.querySelectorAll('a[href^="#"]')]
  .filter((link) => !document.getElementById(decodeURIComponent(link.hash.slice(1))))
  .map((link) => `${link.hash} (${link.innerText})`);

/** Each entry of the contents gets the number of its page. */
globalThis.number = (pages) => {
  document.querySelectorAll(".book-contents a").forEach((link) => {
    link.querySelector(".page-number").textContent = pages[link.hash.slice(1)];
  });
};
