"use strict";

// The talk lives in this tab only: the token is its address, kept in sessionStorage and nowhere else.
(function () {
  const WAIT_SECONDS = 20;
  const GIVES_UP_MS = 40000;
  const PAUSE_MS = 2000;
  const LONGEST_PAUSE_MS = 16000;
  const TYPING_AFTER_MS = 600;
  const TYPING_AT_MOST_MS = 30000;
  const ESCAPES_WITHIN_MS = 3000;
  const EMERGENCY_NUMBERS = /\b(112|110|113|116123|116111|116006)\b/;

  const byId = (id) => document.getElementById(id);
  const [talk, log, form, field, notice, exit, sign] =
    ["talk", "log", "form", "text", "notice", "exit", "typing"].map(byId);
  const isFramed = document.body.classList.contains("framed");
  const store = openStore();

  let language = store.get("language") || document.documentElement.lang;
  let after = "";
  let typing = null;
  let hasLeft = false;
  let isListening = false;
  let anchor = null;
  let answersOpenQuestion = false;

  // In a frame on another site browsers may refuse sessionStorage; then the talk lives as long as the page.
  function openStore() {
    const memory = new Map();
    try {
      const kept = window.sessionStorage;
      return {
        get: (name) => kept.getItem(name),
        set: (name, value) => kept.setItem(name, value),
        clear: () => kept.clear(),
      };
    } catch (refused) {
      return {
        get: (name) => memory.get(name) || null,
        set: (name, value) => memory.set(name, value),
        clear: () => memory.clear(),
      };
    }
  }

  function random(bytes) {
    const values = crypto.getRandomValues(new Uint8Array(bytes));
    return Array.from(values, (value) => value.toString(16).padStart(2, "0")).join("");
  }

  function token() {
    if (!store.get("token")) store.set("token", random(32));
    return store.get("token");
  }

  const words = (name) => document.body.dataset[language + name.charAt(0).toUpperCase() + name.slice(1)];

  function speak(chosen) {
    language = chosen;
    document.documentElement.lang = chosen;
    field.placeholder = words("placeholder");
    log.setAttribute("aria-label", words("talk"));
    form.setAttribute("aria-label", words("field"));
    document.querySelector(".languages").setAttribute("aria-label", words("language"));
    document.querySelectorAll("[data-words]").forEach((part) => {
      part.textContent = words(part.dataset.words);
    });
    document.querySelectorAll(".language").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
    });
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  // Showing

  function append(item) {
    const welcome = byId("welcome");
    if (welcome) welcome.remove();
    talk.append(item);
    // What was said last stands at the top, so that a long answer is read from its beginning.
    if (anchor) anchor.scrollIntoView({ block: "start" });
  }

  function showOwn(text) {
    const item = element("li", "own");
    item.tabIndex = -1;
    item.append(element("p", "unseen", words("you") + ":"), bubble({ text: text }));
    anchor = item;
    answersOpenQuestion = true;
    append(item);
    return item;
  }

  function show(message) {
    if (hasLeft) return;
    if (message.anew) talk.replaceChildren();
    if (message.own) {
      showOwn(message.text);
      return;
    }
    stopTyping();
    const kind = message.urgent ? "urgent" : message.person ? "person" : "";
    const item = element("li", kind);
    const who = element("p", message.person ? "who" : "unseen", words(message.person ? "person" : "helper") + ":");
    item.append(who, bubble(message));
    if (answersOpenQuestion || message.choices.length) dropChoices();
    answersOpenQuestion = false;
    if (message.choices.length) item.append(choices(message));
    if (message.urgent) anchor = item;
    append(item);
    after = message.id.startsWith("card-") ? after : message.id;
  }

  function bubble(message) {
    const box = element("div", "bubble");
    const text = element("p", "", message.urgent ? "" : message.text);
    if (message.urgent) text.append(...withNumbersToCall(message.text));
    box.append(text);
    if (message.details) box.append(more(message.details));
    if (message.source) box.append(element("p", "source", message.source));
    return box;
  }

  function withNumbersToCall(text) {
    return text.split(EMERGENCY_NUMBERS).map((part, place) => {
      if (place % 2 === 0) return part;
      const link = element("a", "", part);
      link.href = "tel:" + part;
      return link;
    });
  }

  function more(text) {
    const box = element("details");
    const summary = element("summary", "", words("more"));
    box.append(summary, element("p", "details", text));
    return box;
  }

  function choices(message) {
    const box = element("div", "choices");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", words("choices"));
    message.choices.forEach((choice) => {
      const button = element("button", "", choice.label);
      button.type = "button";
      button.addEventListener("click", () => {
        dropChoices();
        say({ choice: choice.id, asked_in: message.id }, choice.label).focus({ preventScroll: true });
      });
      box.append(button);
    });
    return box;
  }

  function dropChoices() {
    talk.querySelectorAll(".choices").forEach((old) => old.remove());
  }

  function startTyping() {
    stopTyping();
    typing = setTimeout(() => {
      sign.hidden = false;
      if (anchor) anchor.scrollIntoView({ block: "start" });
      typing = setTimeout(stopTyping, TYPING_AT_MOST_MS);
    }, TYPING_AFTER_MS);
  }

  function stopTyping() {
    clearTimeout(typing);
    sign.hidden = true;
  }

  // Saying and hearing

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  async function ask(path, options) {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), GIVES_UP_MS);
    try {
      return await fetch(path, { ...options, signal: giveUp.signal });
    } finally {
      clearTimeout(timer);
    }
  }

  function say(said, shown) {
    const item = showOwn(shown);
    startTyping();
    send(JSON.stringify({ token: token(), id: random(16), ...said }));
    return item;
  }

  // The same body again and again until it is taken: the id in it makes it one message.
  async function send(body) {
    let rest = PAUSE_MS;
    while (!hasLeft) {
      try {
        const headers = { "Content-Type": "application/json" };
        const answer = await ask("/chat/messages", { method: "POST", headers: headers, body: body });
        const heard = await answer.json();
        notice.textContent = heard.error ? heard.error.text : "";
        if (heard.error) stopTyping();
        if (heard.messages) heard.messages.forEach(show);
        if (answer.status < 500) break;
      } catch (error) {
        notice.textContent = words("lost");
      }
      await pause(rest);
      rest = Math.min(rest * 2, LONGEST_PAUSE_MS);
    }
    listen();
  }

  async function listen() {
    if (isListening) return;
    isListening = true;
    let rest = PAUSE_MS;
    while (!hasLeft) {
      try {
        const path = "/chat/messages?wait=" + WAIT_SECONDS + "&after=" + encodeURIComponent(after);
        const answer = await ask(path, { headers: { "X-Talk": token() } });
        if (!answer.ok) throw new Error("not answered");
        const news = await answer.json();
        if (notice.textContent === words("lost")) notice.textContent = "";
        rest = PAUSE_MS;
        news.messages.forEach(show);
      } catch (error) {
        if (!hasLeft) notice.textContent = words("lost");
        await pause(rest);
        rest = Math.min(rest * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  // What was said before the page was loaded anew is shown at once, and not read out again.
  async function resume() {
    const headers = { "X-Talk": token() };
    log.setAttribute("aria-live", "off");
    try {
      const answer = await ask("/chat/talk", { headers: headers });
      const whole = await answer.json();
      if (whole.messages) {
        talk.replaceChildren();
        whole.messages.forEach(show);
        after = whole.after;
      }
    } catch (error) {
      notice.textContent = words("lost");
    }
    setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
    listen();
  }

  // Leaving

  function leave() {
    hasLeft = true;
    store.clear();
    field.value = "";
    document.body.replaceChildren();
    document.title = "…";
    // The widget takes the frame away and leaves with its own page; a bare frame takes the whole window along.
    if (isFramed) window.parent.postMessage("paligs:leave", "*");
    (isFramed ? window.top : window).location.replace(exit.href);
  }

  exit.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });

  let escapedAt = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    if (event.timeStamp - escapedAt < ESCAPES_WITHIN_MS) leave();
    escapedAt = event.timeStamp;
  });

  // A page that comes back from the browser's memory after it was left must not show anything.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && hasLeft) window.location.reload();
  });

  // Writing

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    fit();
    say({ text: text }, text);
  });

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  // Who begins to type after pressing a choice writes into the field, wherever the focus is.
  document.addEventListener("keydown", (event) => {
    const isPlainKey = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isPlainKey && !event.target.closest("input, textarea, button, summary, a")) field.focus();
  });

  function fit() {
    field.style.height = "auto";
    field.style.height = field.scrollHeight + 2 + "px";
  }

  field.addEventListener("input", fit);

  document.querySelectorAll(".language").forEach((button) => {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const chosen = button.dataset.language;
      if (chosen === language && !talk.childElementCount) return;
      store.set("language", chosen);
      speak(chosen);
      say({ choice: chosen }, button.dataset.name);
    });
  });

  document.querySelectorAll("[data-says]").forEach((button) => {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      say({ text: words(button.dataset.says) }, words(button.dataset.words)).focus({ preventScroll: true });
    });
  });

  // On iOS the keyboard covers the page instead of making it smaller. Zooming in with two fingers changes nothing.
  function keepAboveKeyboard() {
    const seen = window.visualViewport;
    if (Math.abs(seen.scale - 1) > 0.01) return;
    document.documentElement.style.setProperty("--seen", seen.height + "px");
    document.documentElement.style.setProperty("--above", Math.max(0, seen.offsetTop) + "px");
  }

  if (window.visualViewport) {
    ["resize", "scroll"].forEach((change) => window.visualViewport.addEventListener(change, keepAboveKeyboard));
  }

  document.documentElement.classList.add("scripted");
  speak(language);
  // A form was sent before this script was there: its talk goes on here.
  if (document.body.dataset.talk === "begun" && !store.get("token")) store.set("token", form.elements.token.value);
  if (store.get("token")) resume();
})();
