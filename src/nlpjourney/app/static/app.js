// Comforts on top of pages that work without any script.
import { startMap } from "./map.js";

const DRAFT = "journey-draft:";

/** Code fields: Tab indents (after Escape it moves on), Enter keeps the indentation, Ctrl+Enter checks, drafts stay. */
function startEditor(field) {
  if (field.dataset.ready) return;
  field.dataset.ready = "yes";
  let leaving = false;
  const key = DRAFT + field.dataset.draft;
  const grow = () => { field.rows = Math.max(8, field.value.split("\n").length + 2); };
  const draft = sessionStorage.getItem(key);
  if (draft !== null && !("focus" in field.dataset)) field.value = draft;
  if ("focus" in field.dataset) { sessionStorage.removeItem(key); field.focus(); }
  grow();
  field.addEventListener("input", () => { sessionStorage.setItem(key, field.value); grow(); });
  field.addEventListener("focus", () => { leaving = false; });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { leaving = true; return; }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      field.form.requestSubmit();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      const before = field.value.slice(0, field.selectionStart).split("\n").pop();
      const indent = before.match(/^[ \t]*/)[0] + (before.trimEnd().endsWith(":") ? "    " : "");
      event.preventDefault();
      insert(field, "\n" + indent);
    } else if (event.key === "Tab" && !leaving && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      if (event.shiftKey) outdent(field); else insert(field, "    ");
    }
    if (!["Escape", "Tab", "Shift"].includes(event.key)) leaving = false;
  });
}

function insert(field, text) {
  // execCommand is old, but it is the one way that keeps undo working in a text area.
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  }
}

function outdent(field) {
  const at = field.selectionStart;
  const line = field.value.lastIndexOf("\n", at - 1) + 1;
  const spaces = field.value.slice(line).match(/^ {0,4}/)[0].length;
  if (!spaces) return;
  field.setRangeText("", line, line + spaces, "preserve");
  field.dispatchEvent(new Event("input"));
}

/** Buttons that put an example into a field. */
function startSample(button) {
  if (button.dataset.ready) return;
  button.dataset.ready = "yes";
  button.addEventListener("click", () => {
    const field = document.querySelector(button.dataset.fill);
    field.value = button.dataset.text;
    field.form.requestSubmit();
  });
}

function start(root) {
  root.querySelectorAll("button[data-fill]").forEach(startSample);
  root.querySelectorAll("textarea[data-draft]").forEach(startEditor);
  const map = root.querySelector("svg.map");
  if (map) startMap(map, document.getElementById("map-name"));
}

start(document);
document.addEventListener("htmx:afterSettle", () => start(document));

// A form that loads a whole page says that it is working; the page that comes back by "Back" is idle again.
document.querySelectorAll("form.waits").forEach((form) => form.addEventListener("submit", () => form.classList.add("busy")));
window.addEventListener("pageshow", () => document.querySelectorAll("form.waits").forEach((form) => form.classList.remove("busy")));

// What went wrong between page and server is said where the answer would have been.
document.addEventListener("htmx:sendError", (event) => {
  const place = event.detail.target;
  place.textContent = "The server does not answer. Is it still running? Your text stays here; try again.";
});

// An answer may appear below what is in sight: show as much of it as fits.
document.addEventListener("htmx:afterSettle", (event) => {
  if (!event.target.matches(".result, .help, .merges")) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  event.target.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
});

// A passed exercise needs no draft any more: the answer is in the log.
document.addEventListener("htmx:afterRequest", (event) => {
  const field = event.detail.elt.querySelector?.("textarea[data-draft]");
  if (field && event.detail.pathInfo.requestPath.endsWith("/check") && event.detail.successful) {
    sessionStorage.removeItem(DRAFT + field.dataset.draft);
  }
});
