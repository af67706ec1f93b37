/* Two things that a style sheet cannot do: what scrolls inside itself takes the focus, so that the arrow keys reach it;
   and Escape closes the tooltip of a mark. */
(() => {
  const frames = ".line .left, .line .right, .equation .formula, .ledger .formula > div, .setting-frame, .setting .item, .counterexample dd, .ledger .scroll, .symbols .declared, .highlight pre, pre.feedback, .live-formula, .pst-scrollable-table-container";
  const reach = () => {
    const all = [...document.querySelectorAll(frames)].map((frame) => [frame, frame.scrollWidth > frame.clientWidth + 1]);
    all.forEach(([frame, wide]) => {        // all are measured before one is changed: the page is laid out once
      if (wide !== (frame.getAttribute("tabindex") === "0")) { if (wide) { frame.tabIndex = 0; } else { frame.removeAttribute("tabindex"); } }
      if (wide && !frame.hasAttribute("role")) { frame.setAttribute("role", "group"); frame.setAttribute("aria-label", "scrolls sideways"); }
    });
  };
  let due;
  const soon = () => { clearTimeout(due); due = setTimeout(reach, 30); };      // once, after what has changed is drawn
  addEventListener("resize", soon);
  addEventListener("load", soon);
  addEventListener("toggle", reach, true);
  document.fonts.addEventListener("loadingdone", soon);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement.matches(".mark")) { document.activeElement.blur(); }
  });
})();
