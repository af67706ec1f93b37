/* Two things that a style sheet cannot do: what scrolls inside itself takes the focus, so that the arrow keys reach it;
   and Escape closes the tooltip of a mark. */
(() => {
  const frames = ".line .left, .line .right, .equation .formula, .ledger .formula > div, .setting-frame, .setting .item, .counterexample dd, .ledger .scroll, .symbols .declared, .highlight pre, pre.feedback, .pst-scrollable-table-container";
  const reach = () => document.querySelectorAll(frames).forEach((frame) => {
    const wide = frame.scrollWidth > frame.clientWidth + 1;
    if (wide) { frame.tabIndex = 0; } else { frame.removeAttribute("tabindex"); }
    if (wide && !frame.hasAttribute("role")) { frame.setAttribute("role", "group"); frame.setAttribute("aria-label", "scrolls sideways"); }
  });
  reach();
  addEventListener("resize", reach);
  addEventListener("load", reach);
  addEventListener("toggle", reach, true);
  document.fonts.ready.then(reach);
  document.fonts.addEventListener("loadingdone", reach);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement.matches(".mark")) { document.activeElement.blur(); }
  });
})();
