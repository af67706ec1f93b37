/* Formulas in the page become MathML by Temml, which is loaded when the first one is typed. The pages themselves carry
   theirs from the build, made by another program; what differs for the eye is mended here. */
let loading = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("vendor/temml.min.js", import.meta.url);
    script.onload = () => resolve(window.temml);
    script.onerror = () => { loading = null; reject(new Error("the typesetter cannot be loaded")); };
    document.head.append(script);
  });
  return loading;
}

/* Typesets every span.tex below an element. */
export async function typeset(root) {
  const temml = await load();
  root.querySelectorAll("span.tex").forEach((span) => {
    span.replaceWith(formula(temml, span.textContent, span.hasAttribute("data-display")));
  });
}

/* Lines as they are being typed, not checked: a setting line by line, a derivation with its columns. */
export async function preview(kind, lines) {
  const temml = await load();
  const body = lines.trim().replace(/\\\\$/, "");
  const source = kind === "given"
    ? `\\begin{array}{l}${body.split(/\n|\\\\/).filter((line) => line.trim()).join("\\\\")}\\end{array}`
    : `\\begin{aligned}${body}\\end{aligned}`;
  return formula(temml, source, true);
}

function formula(temml, latex, display) {
  const place = document.createElement("span");
  try {
    place.innerHTML = temml.renderToString(latex, { displayMode: false, throwOnError: true });
  } catch (error) {
    place.className = "live-untypeset";
    place.textContent = latex;
    return place;
  }
  const math = place.querySelector("math");
  if (display) { math.setAttribute("displaystyle", "true"); }
  math.querySelectorAll("msup > .tml-prime").forEach((prime) => {      // the font's prime stands high already
    const group = document.createElementNS(math.namespaceURI, "mrow"), power = prime.parentNode;
    prime.setAttribute("lspace", "0");
    prime.setAttribute("rspace", "0");
    group.append(...power.children);
    power.replaceWith(group);
  });
  return math;
}
