"""A player: a few drawings of one size behind a slider, in the page itself, without any library.

All frames live in one ``<svg>``; what several frames share (axes, labels, glyphs) is stored once. The slider, the
buttons and the keys (arrows, Home, End on the slider; Space or Enter on a button) are the browser's own. Nothing moves
by itself; where the reader asked for reduced motion there is no play button. Without scripts, and in a notebook, the
last frame is shown.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

from nblib.display import readable
from nblib.figures import svg
from nblib.figures.style import Drawing

MOST_FRAMES, MOST_BYTES, WORTH_SHARING = 30, 300_000, 100

LOOK, PRESS = "display:none;gap:.5em;align-items:center;margin:.5em 0", "min-width:2.2em;min-height:2em"
BAR = ('<div class="nb-player-bar" style="{look};max-width:{width}px">'
       '<button type="button" aria-label="play" style="{press}">▶</button>'
       '<button type="button" aria-label="previous" style="{press}">‹</button>'
       '<input type="range" min="0" max="{last}" step="1" value="{last}" aria-label="{name}" aria-valuetext="{label}" '
       'style="flex:1;min-width:4em"><button type="button" aria-label="next" style="{press}">›</button>'
       '<output style="min-width:{wide}ch;text-align:right">{label}</output></div>')

SCRIPT = """<script>(root => {
const frames = [...root.querySelectorAll('g[data-label]')], bar = root.querySelector('.nb-player-bar');
const [play, back, next] = bar.querySelectorAll('button'), slider = bar.querySelector('input');
let timer = 0;
const stop = () => { clearInterval(timer); timer = 0; play.textContent = '▶'; play.ariaLabel = 'play'; };
const go = k => {
  slider.value = k;
  frames.forEach((frame, i) => frame.setAttribute('display', i == slider.value ? 'inline' : 'none'));
  const shown = frames[slider.value];
  bar.querySelector('output').value = shown.dataset.label;
  slider.setAttribute('aria-valuetext', shown.dataset.label);
  root.querySelector('svg').setAttribute('aria-label', shown.dataset.alt);
};
const step = d => go(Math.min(frames.length - 1, Math.max(0, +slider.value + d)));
slider.oninput = () => { stop(); go(slider.value); };
back.onclick = () => { stop(); step(-1); };
next.onclick = () => { stop(); step(1); };
play.onclick = () => {
  if (timer) return stop();
  if (+slider.value == frames.length - 1) go(0);
  play.textContent = '⏸'; play.ariaLabel = 'pause';
  timer = setInterval(() => { step(1); if (+slider.value == frames.length - 1) stop(); }, 700);
};
play.hidden = matchMedia('(prefers-reduced-motion: reduce)').matches;
bar.style.display = 'flex';
go(slider.value);
})(document.currentScript.parentElement)</script>"""


def player(frames: Sequence[Drawing], *, labels: Sequence[str], name: str = "step") -> Drawing:
    """The frames behind a slider, the last one shown first; pass it to `show`.

    Parameters
    ----------
    frames : 2 to 30 drawings of one size (``Drawing.of(figure, alt)`` makes one of a Matplotlib figure).
    labels : for each frame what the slider says, LaTeX or words: ``r"\\alpha = 0.1"``.
    name : what the slider moves through.

    Raises
    ------
    ValueError
        if sizes or counts differ, there are too few or too many frames, or the player exceeds 300 kB.

    Examples
    --------
    >>> from nblib.figures.networks import network
    >>> player([network((n, 1)) for n in (3, 3)], labels=["before", "after"]).alt
    '2 frames, by step. before: A dense network: 3 inputs, 1 output; 3 weights. … \
after: A dense network: 3 inputs, 1 output; 3 weights.'
    """
    if not 2 <= len(frames) <= MOST_FRAMES or len(labels) != len(frames):
        raise ValueError(f"A player has 2 to {MOST_FRAMES} frames and a label for each; "
                         f"this one has {len(frames)} frames and {len(labels)} labels.")
    sizes = sorted({frame.size for frame in frames})
    if len(sizes) > 1:
        raise ValueError(f"The frames of a player have one size; these have {sizes} px.")
    said = [re.sub(r"\s*=\s*", " = ", readable(label)) for label in labels]
    alt = f"{len(frames)} frames, by {name}. {said[0]}: {frames[0].alt} … {said[-1]}: {frames[-1].alt}"
    bar = BAR.format(width=sizes[0][0], last=len(frames) - 1, name=svg.attribute(name), label=svg.attribute(said[-1]),
                     wide=max(map(len, said)), look=LOOK, press=PRESS)
    html = f'<div class="nb-player" role="group" aria-label="{{alt}}">{_merge(frames, said)}{bar}{SCRIPT}</div>'
    if len(html.encode()) > MOST_BYTES:
        raise ValueError(f"This player has {len(html.encode()) // 1000} kB, more than {MOST_BYTES // 1000}: "
                         "take fewer frames, or fewer points in each.")
    return replace(frames[-1], alt=alt, animation=html)


def _merge(frames: Sequence[Drawing], labels: Sequence[str]) -> str:
    """One ``<svg>`` with a group for each frame; what is worth sharing stands in its ``<defs>``."""
    roots = [ElementTree.fromstring(frame.markup) for frame in frames]
    prefix = "p" + hashlib.sha256("".join(frame.markup for frame in frames).encode()).hexdigest()[:7]
    shared: dict[str, str] = {}
    for root in roots:
        _share_definitions(root, shared, prefix)
    bodies = [[svg.serialise(child) for child in root] for root in roots]
    count = Counter(child for body in bodies for child in set(body))
    groups = []
    for frame, label, body in zip(frames, labels, bodies, strict=True):
        parts = [_use(child, shared, prefix) if count[child] > 1 and len(child) > WORTH_SHARING else child
                 for child in body]
        hidden = "" if frame is frames[-1] else ' display="none"'
        groups.append(f'<g data-label="{svg.attribute(label)}" data-alt="{svg.attribute(frame.alt)}"{hidden}>'
                      f"{''.join(parts)}</g>")
    definitions = "".join(re.sub(r"^<(\w+)", rf'<\1 id="{name}"', element, count=1) for element, name in shared.items())
    width, height = frames[0].size
    return (f'<svg role="img" aria-label="{svg.attribute(frames[-1].alt)}" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" stroke-linejoin="round"><defs>{definitions}</defs>{"".join(groups)}</svg>')


def _share_definitions(root: ElementTree.Element, shared: dict[str, str], prefix: str) -> None:
    """Moves each definition of the frame to the shared ones, known by what it draws, and points its users there."""
    new = {}
    for parent in list(root.iter()):
        for definitions in [child for child in parent if child.tag == "defs"]:
            parent.remove(definitions)
            for element in definitions:
                name = element.attrib.pop("id")
                new[name] = shared.setdefault(svg.serialise(element), f"{prefix}-{len(shared)}")
    for element in root.iter():
        for attribute, value in element.items():
            if value.startswith(("#f", "url(#f")):
                element.set(attribute, re.sub(r"#([\w-]+)", lambda match: f"#{new[match.group(1)]}", value))


def _use(child: str, shared: dict[str, str], prefix: str) -> str:
    """A reference to the element, which is now a shared one."""
    return f'<use href="#{shared.setdefault(child, f"{prefix}-{len(shared)}")}"/>'
