// The chat: the answer is shown as it is written. Without this the form still works, and the answer comes whole.

/** Append a turn and return the paragraph that holds its text. */
function addTurn(turns, role, who, text) {
  const turn = document.createElement("div");
  turn.className = `turn ${role}`;
  for (const [kind, content] of [["who", who], ["said", text]]) {
    const p = document.createElement("p");
    p.className = kind;
    p.textContent = content;
    turn.append(p);
  }
  turns.append(turn);
  turns.scrollTop = turns.scrollHeight;
  return turn.lastChild;
}

/** Call `each` with every JSON line of a response as it arrives. */
async function readLines(response, each) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    lines.forEach((line) => each(JSON.parse(line)));
  }
}

function startChat(form) {
  const [turns, problem, speed, prompt, stop] = ["turns", "chat-problem", "chat-speed", "chat-prompt", "chat-stop"].map(
    (id) => document.getElementById(id));
  let leaving = null;
  stop.addEventListener("click", () => leaving?.abort());
  form.text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = form.text.value.trim();
    if (!text || leaving) return;
    const body = new URLSearchParams(new FormData(form));
    problem.textContent = "";
    speed.textContent = "Reading …";
    const mine = addTurn(turns, "user", "You", text);
    const answer = addTurn(turns, "assistant", "SmolLM2", "");
    form.text.value = "";
    leaving = new AbortController();
    stop.hidden = false;
    let failed = "";
    try {
      const response = await fetch(form.action, {
        method: "POST", body, signal: leaving.signal, headers: { Accept: "application/x-ndjson" },
      });
      if (!response.ok) throw new Error(`The server refused this (${response.status}). Load the page again.`);
      await readLines(response, (piece) => {
        if (piece.problem) { failed = piece.problem; return; }
        answer.textContent += piece.text;
        turns.scrollTop = turns.scrollHeight;
        if (piece.prompt) prompt.textContent = piece.prompt;
        speed.textContent = `${piece.n_written} tokens, ${piece.tokens_per_second} a second`;
      });
    } catch (error) {
      if (error.name !== "AbortError") failed = error.message;
    }
    stop.hidden = true;
    leaving = null;
    if (failed) {  // nothing of this turn counts; the text comes back
      problem.textContent = failed;
      speed.textContent = "";
      mine.parentElement.remove();
      answer.parentElement.remove();
      form.text.value = text;
    } else {
      const history = JSON.parse(form.history.value);
      history.push({ role: "user", content: text }, { role: "assistant", content: answer.textContent });
      form.history.value = JSON.stringify(history);
    }
    form.text.focus();
  });
}

startChat(document.getElementById("chat"));
