// The embedding map: a word of the drawing and its row of the table point at each other; a click goes to the word.

function start(root) {
  const drawing = root.querySelector(".word-drawing");
  if (!drawing || drawing.dataset.ready) return;
  drawing.dataset.ready = "yes";
  const dots = new Map([...drawing.querySelectorAll(".dot")].map((dot) => [dot.dataset.word, dot]));
  const rows = new Map([...root.querySelectorAll(".word-table tr[data-word]")].map((row) => [row.dataset.word, row]));

  const point = (word, on) => {
    const dot = dots.get(word);
    dot?.classList.toggle("pointed", on);
    if (on) dot?.parentNode.append(dot); // above the others
    rows.get(word)?.classList.toggle("pointed", on);
  };
  for (const [word, dot] of dots) {
    dot.addEventListener("pointerenter", () => { if (!dot.classList.contains("pointed")) point(word, true); });
    dot.addEventListener("pointerleave", () => point(word, false));
    const link = rows.get(word)?.querySelector("a");
    if (link) dot.addEventListener("click", () => link.click());
  }
  for (const [word, row] of rows) {
    row.addEventListener("pointerenter", () => point(word, true));
    row.addEventListener("pointerleave", () => point(word, false));
    row.addEventListener("focusin", () => point(word, true));
    row.addEventListener("focusout", () => point(word, false));
  }
}

start(document);
document.addEventListener("htmx:afterSettle", () => start(document));
