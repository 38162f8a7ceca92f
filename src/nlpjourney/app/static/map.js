// The map of prerequisites: point at a topic to see what it stands on and what it opens.

/** All topics that can be reached from `id` along the lines, in one direction. */
function reach(id, next) {
  const found = new Set();
  const queue = [id];
  while (queue.length) {
    for (const other of next.get(queue.pop()) ?? []) {
      if (!found.has(other)) { found.add(other); queue.push(other); }
    }
  }
  return found;
}

export function startMap(map, name) {
  if (map.dataset.ready) return;
  map.dataset.ready = "yes";
  const lines = [...map.querySelectorAll(".map-line")];
  const boxes = [...map.querySelectorAll(".map-box")];
  const up = new Map(), down = new Map();
  for (const { dataset: { source, target } } of lines) {
    up.set(target, [...(up.get(target) ?? []), source]);
    down.set(source, [...(down.get(source) ?? []), target]);
  }

  const show = (box) => {
    const id = box.dataset.id;
    const below = reach(id, up), above = reach(id, down);
    map.classList.add("pointed");
    for (const other of boxes) {
      const theirs = other.dataset.id;
      other.classList.toggle("near", theirs === id || below.has(theirs) || above.has(theirs));
    }
    for (const line of lines) {
      const { source, target } = line.dataset;
      const needed = (target === id || below.has(target)) && below.has(source);
      const opened = (source === id || above.has(source)) && above.has(target);
      line.classList.toggle("near", needed || opened);
    }
    name.textContent = `${id} ${box.dataset.title}: stands on ${below.size}, opens ${above.size}`;
  };
  const hide = () => {
    map.classList.remove("pointed");
    name.textContent = "";
  };

  for (const box of boxes) {
    box.addEventListener("pointerenter", () => show(box));
    box.addEventListener("pointerleave", hide);
    box.addEventListener("click", () => { location.href = box.dataset.href; });
  }
}
