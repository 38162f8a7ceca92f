// The attention explorer: text, drawing, table and sentence all show the token that is pointed at or focused.

function startTokens(line) {
  const seen = [...line.querySelectorAll(".seen")];
  const weights = seen.map((link) => link.dataset.weights.split(" ").map(Number));
  const marked = [...document.querySelectorAll(".looker, .attention-table tr[data-token]")];
  const sentence = document.getElementById("looking");
  const sources = [...document.querySelectorAll(".attention-table .sources")];
  const chosen = seen.findIndex((link) => link.getAttribute("aria-current"));
  let shown = chosen;

  const inSight = (at) => {  // within the table's own scrolling; the page stays where it is
    const row = sources[at].parentElement;
    const box = row.closest(".attention-table");
    const low = row.offsetTop + row.offsetHeight - box.clientHeight;
    if (row.offsetTop < box.scrollTop || low > box.scrollTop) box.scrollTop = Math.max(0, low);
  };
  inSight(chosen);
  const show = (at) => {
    if (at === shown) return;
    shown = at;
    seen.forEach((link, i) => {
      link.className = i > at ? "seen later" : `seen heat${Math.min(9, Math.floor(weights[at][i] * 10))}`;
      if (i === at) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    });
    for (const part of marked) part.classList.toggle("pointed", Number(part.dataset.token) === at);
    inSight(at);
    sentence.textContent = `“${seen[at].textContent}” (token ${at + 1}) looks at ${sources[at].textContent}.`;
  };
  for (const part of [...seen, ...marked]) {
    const at = Number(part.dataset.token);
    part.addEventListener("pointerenter", () => show(at));
    part.addEventListener("focus", () => show(at));
    part.addEventListener("pointerleave", () => show(seen.indexOf(document.activeElement) >= 0 ? seen.indexOf(document.activeElement) : chosen));
    part.addEventListener("blur", () => show(chosen));
  }
  const focused = seen.indexOf(document.activeElement);  // before this script was there
  if (focused >= 0) show(focused);
}

/** 270 links are one stop for the Tab key; arrows move among them. */
function startHeads(table) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("a")]);
  const all = rows.flat();
  const current = all.find((link) => link.getAttribute("aria-current")) ?? all[0];
  for (const link of all) link.tabIndex = link === current ? 0 : -1;
  const box = table.parentElement;
  box.scrollLeft = current.parentElement.offsetLeft - box.clientWidth / 2;
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  table.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    const y = rows.findIndex((row) => row.includes(event.target));
    if (!move || y < 0) return;
    event.preventDefault();
    const next = rows[y + move[0]]?.[rows[y].indexOf(event.target) + move[1]];
    if (!next) return;
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

const line = document.querySelector(".looked");
if (line) startTokens(line);
const heads = document.querySelector(".heads");
if (heads) startHeads(heads);
