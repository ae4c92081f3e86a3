"""The map as a page of its own: it opens in any browser, without a network.

The graph is drawn by vis-network (visjs.org), whose script the package `gravis` carries; it is written into the page,
as is all else. Texts of memories are data for the script, set as text and never as markup.
"""

from __future__ import annotations

import html
import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.clean import clean
from assistant.dates import local_day, long_date
from assistant.display import safe
from assistant.telling import who
from memory.errors import UsageError
from memory.types import STEP_KINDS

if TYPE_CHECKING:
    from memory.mapping import Link, Map, Node

_SCRIPT = Path("_internal/plotting/third_party/vis-network/vis-network.min.def.js")
_LOADER = """var regeneratorRuntime, vis = {}, require = { defined: () => false };
const define = (name, needs, make) => make(vis);
"""
_SHOWN = 1200
_STYLES = {
    "linked": ("#4d7a2f", False, 4),
    "name": ("#b4690e", False, 3),
    "recalled_together": ("#a3541b", [12, 4, 2, 4], 2),
    "term": ("#2f6284", [8, 5], 2),
    "words": ("#2f6284", [8, 5], 2),
    "meaning": ("#7b8494", False, 1.5),
    "similar": ("#7b8494", False, 1.5),
    "next": ("#9aa1ad", [2, 4], 1.5),
    "previous": ("#9aa1ad", [2, 4], 1.5),
    "same_time": ("#b8bdc7", [2, 8], 1),
}
_OTHER = ("#9aa1ad", False, 1.5)


def write_page(drawn: Map, path: Path) -> None:
    """Write the page, readable by the user alone. Raises `UsageError` when that cannot be."""
    text = page(drawn)
    try:
        path.touch(mode=0o600, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"The file {path} cannot be written: {error.strerror}.", "Name a file in a folder that you may write to."
        ) from error


def page(drawn: Map) -> str:
    """The page as HTML. Raises `UsageError` when the script of the graph library is not installed."""
    data = {
        "nodes": [_node(node, drawn) for node in drawn.nodes],
        "edges": [_edge(link) for link in drawn.links],
        "legend": _legend(drawn),
    }
    title = html.escape(_text(drawn.title, 120))
    parts = {"title": title, "library": _library(), "data": _embedded(data), "script": _DRAW, "style": _CSS}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _PAGE)


def _library() -> str:
    """vis-network as it is packaged: a module that waits for a loader, which `define` stands in for."""
    spec = importlib.util.find_spec("gravis")
    script = Path(spec.origin).parent / _SCRIPT if spec and spec.origin else None
    if script is None or not script.is_file():
        raise UsageError("The package gravis, which brings the graph library, is not installed.", "pip install gravis")
    text = script.read_text(encoding="utf-8")
    return _LOADER + text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _embedded(data: object) -> str:
    """JSON that may stand inside a script element: nothing in it can end or open one."""
    text = json.dumps(data, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _node(node: Node, drawn: Map) -> dict[str, object]:
    message = node.message
    day = local_day(message) if message else None
    return {
        "id": node.id,
        "label": _text(node.label, 40),
        "centre": node.id == drawn.centre,
        "distance": node.distance,
        "who": _text(who(message, 40), 40) if message else "",
        "when": long_date(day) if day else "",
        "text": _text(message.text, _SHOWN) if message else _text(drawn.title, _SHOWN),
    }


def _edge(link: Link) -> dict[str, object]:
    color, dashes, width = _STYLES.get(link.kind, _OTHER)
    told = _text(link.told, 120)
    return {"from": link.source, "to": link.target, "told": told, "color": color, "dashes": dashes, "width": width}


def _legend(drawn: Map) -> list[dict[str, object]]:
    seen: dict[str, dict[str, object]] = {}
    for kind, (color, dashes, _) in _STYLES.items():
        if any(link.kind == kind for link in drawn.links):
            seen.setdefault(
                f"{color}{dashes}", {"told": STEP_KINDS.get(kind, kind), "color": color, "dashed": bool(dashes)}
            )
    return list(seen.values())


def _text(text: str, most: int) -> str:
    shown = safe(clean(text))
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


_CSS = """
:root { color-scheme: light dark; --ground: #fbfaf7; --ink: #23262c; --soft: #6d6a63; --line: #e0dbd0;
  --warm: #95590a; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #15171c; --ink: #d5d8de; --soft: #8b919d; --line: #2b303a; --warm: #e0af68; }
}
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
header { padding: .7rem 1rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.05rem; margin: 0; } h1 small { color: var(--soft); font-weight: normal; }
main { flex: 1; display: flex; min-height: 0; }
#map { flex: 1; min-width: 0; }
aside { width: 22rem; max-width: 40vw; padding: 1rem; border-left: 1px solid var(--line); overflow: auto; }
aside p { white-space: pre-wrap; overflow-wrap: anywhere; } .soft { color: var(--soft); }
aside ul { padding-left: 1.1rem; } li button { all: unset; cursor: pointer; color: var(--warm); }
footer { padding: .5rem 1rem; border-top: 1px solid var(--line); display: flex; gap: 1.2rem; flex-wrap: wrap; }
footer span::before { content: ""; display: inline-block; width: 1.6rem; margin-right: .4rem; vertical-align: middle;
  border-top: 3px var(--how, solid) var(--tint); }
@media (max-width: 720px) {
  main { flex-direction: column; } aside { width: auto; max-width: none; border-left: 0; height: 40vh;
  border-top: 1px solid var(--line); }
}
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>{{title}} - recollect</title>
<style>{{style}}</style>
</head>
<body>
<header><h1>{{title}} <small>what it is linked to</small></h1></header>
<main><div id="map"></div><aside id="about" aria-live="polite"></aside></main>
<footer id="legend" class="soft"></footer>
<script>{{library}}</script>
<script>const data = {{data}};
{{script}}</script>
</body>
</html>
"""
_DRAW = """
const style = getComputedStyle(document.documentElement);
const color = name => style.getPropertyValue(name).trim();
const size = node => node.centre ? 24 : node.distance === 1 ? 15 : 9;
const nodes = new vis.DataSet(data.nodes.map(node => ({
  id: node.id, label: node.label, size: size(node), shape: node.centre ? "diamond" : "dot",
  color: { background: node.centre ? color("--warm") : node.distance === 1 ? "#8fb0c9" : "#aab2bd",
    border: color("--ground"), highlight: { background: color("--warm"), border: color("--ink") } },
  font: { color: color("--ink"), size: node.centre ? 24 : 18, strokeWidth: 5, strokeColor: color("--ground") },
})));
const edges = new vis.DataSet(data.edges.map((edge, id) => ({
  id, from: edge.from, to: edge.to, width: edge.width, dashes: edge.dashes,
  color: { color: edge.color, highlight: color("--warm"), hover: color("--warm") },
})));
const network = new vis.Network(document.getElementById("map"), { nodes, edges }, {
  layout: { randomSeed: 7 },
  interaction: { hover: true, keyboard: { enabled: true, bindToWindow: false }, tooltipDelay: 150 },
  physics: { solver: "forceAtlas2Based", forceAtlas2Based: { gravitationalConstant: -160, springLength: 150,
    avoidOverlap: 1 }, stabilization: { iterations: 400 } },
  edges: { smooth: { type: "continuous" } },
});
network.once("stabilizationIterationsDone", () => { network.setOptions({ physics: false }); network.fit();
  document.body.dataset.drawn = nodes.length; });
const byId = new Map(data.nodes.map(node => [node.id, node]));
const line = (parent, tag, text, kind) => { const made = document.createElement(tag); made.textContent = text;
  if (kind) made.className = kind; parent.append(made); return made; };
function show(id) {
  const node = byId.get(id), about = document.getElementById("about");
  about.replaceChildren();
  line(about, "strong", [node.who, node.when].filter(Boolean).join(", "));
  line(about, "p", node.text);
  const list = line(about, "ul", "");
  for (const edge of data.edges) if (edge.from === id || edge.to === id) {
    const other = byId.get(edge.from === id ? edge.to : edge.from), item = line(list, "li", "");
    line(item, "span", edge.told + ": ", "soft");
    line(item, "button", other.label).onclick = () => { network.selectNodes([other.id]); show(other.id); };
  }
}
network.on("selectNode", event => show(event.nodes[0]));
show(data.nodes[0].id);
for (const kind of data.legend) { const made = line(document.getElementById("legend"), "span", kind.told);
  made.style.setProperty("--tint", kind.color); made.style.setProperty("--how", kind.dashed ? "dashed" : "solid"); }
"""
