"use strict";

// The talk lives in this tab only: the token is its address, kept in sessionStorage and nowhere else.
(function () {
  const WAIT_SECONDS = 20;
  const PAUSE_MS = 2000;
  const CALM_PAGE = "https://www.lsm.lv/";

  const talk = document.getElementById("talk");
  const form = document.getElementById("form");
  const field = document.getElementById("text");
  const notice = document.getElementById("notice");
  const exit = document.getElementById("exit");
  const main = document.querySelector("main");

  let language = sessionStorage.getItem("language") || document.documentElement.lang;
  let after = "";
  let typing = null;
  let hasLeft = false;

  function random(bytes) {
    const values = crypto.getRandomValues(new Uint8Array(bytes));
    return Array.from(values, (value) => value.toString(16).padStart(2, "0")).join("");
  }

  function token() {
    const kept = sessionStorage.getItem("token");
    if (kept) return kept;
    const made = random(32);
    sessionStorage.setItem("token", made);
    return made;
  }

  function words(name) {
    const key = language + name.charAt(0).toUpperCase() + name.slice(1);
    return document.body.dataset[key];
  }

  function speak(chosen) {
    language = chosen;
    sessionStorage.setItem("language", chosen);
    document.documentElement.lang = chosen;
    field.placeholder = words("placeholder");
    document.getElementById("label").textContent = words("label");
    document.getElementById("send").textContent = words("send");
    document.getElementById("hello").textContent = words("hello");
    exit.textContent = words("exit");
    if (!sessionStorage.getItem("token") && talk.childElementCount) {
      talk.replaceChildren();
      offerStart();
    }
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

  function append(item) {
    talk.append(item);
    main.scrollTop = main.scrollHeight;
  }

  function showOwn(text) {
    const item = element("li", "own");
    item.append(element("span", "unseen", words("you") + ": "), element("div", "bubble", text));
    append(item);
  }

  function show(message) {
    if (hasLeft) return;
    stopTyping();
    const item = element("li", message.urgent ? "urgent" : "");
    const bubble = element("div", "bubble");
    bubble.append(element("p", "", message.text));
    if (message.details) bubble.append(more(message.details));
    if (message.source) bubble.append(element("p", "source", message.source));
    item.append(bubble);
    if (message.choices.length) {
      talk.querySelectorAll(".choices").forEach((old) => old.remove());
      item.append(choices(message.choices));
    }
    append(item);
    after = message.id.startsWith("card-") ? after : message.id;
  }

  function more(text) {
    const box = element("details");
    box.append(element("summary", "", words("more")), element("p", "details", text));
    return box;
  }

  function choices(offered) {
    const box = element("div", "choices");
    offered.forEach((choice) => {
      const button = element("button", "", choice.label);
      button.type = "button";
      button.addEventListener("click", () => {
        box.remove();
        say("", choice.id, choice.label);
        field.focus();
      });
      box.append(button);
    });
    return box;
  }

  function startTyping() {
    stopTyping();
    typing = setTimeout(() => {
      const item = element("li", "typing", words("typing") + "…");
      item.id = "typing";
      append(item);
    }, 600);
  }

  function stopTyping() {
    clearTimeout(typing);
    const item = document.getElementById("typing");
    if (item) item.remove();
  }

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  async function say(text, choice, shown) {
    showOwn(shown || text);
    startTyping();
    const body = JSON.stringify({ token: token(), id: random(16), text: text, choice: choice || null });
    while (!hasLeft) {
      try {
        const answer = await fetch("/chat/messages", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: body,
        });
        const said = await answer.json();
        notice.textContent = "";
        if (said.messages) said.messages.forEach(show);
        if (said.error) {
          stopTyping();
          notice.textContent = said.error.text;
        }
        if (answer.status < 500) break;
      } catch (error) {
        notice.textContent = words("lost");
      }
      await pause(PAUSE_MS);
    }
    if (after === "") listen();
  }

  let listening = false;

  async function listen() {
    if (listening) return;
    listening = true;
    while (!hasLeft) {
      try {
        const answer = await fetch("/chat/messages?wait=" + WAIT_SECONDS + "&after=" + encodeURIComponent(after), {
          headers: { "X-Talk": token() },
        });
        if (!answer.ok) throw new Error("not answered");
        const news = await answer.json();
        notice.textContent = "";
        news.messages.forEach(show);
      } catch (error) {
        notice.textContent = words("lost");
        await pause(PAUSE_MS);
      }
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    say(text);
  });

  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  exit.addEventListener("click", () => {
    hasLeft = true;
    sessionStorage.clear();
    talk.replaceChildren();
    window.location.replace(CALM_PAGE);
  });

  document.querySelectorAll(".language").forEach((button) => {
    button.addEventListener("click", () => {
      speak(button.dataset.language);
      say("", button.dataset.language, button.textContent);
    });
  });

  function offerStart() {
    const item = element("li");
    item.append(choices([
      { id: "menu", label: words("menu") },
      { id: "flow:book-appointment", label: words("book") },
      { id: "topic:office-contacts", label: words("contacts") },
    ]));
    append(item);
  }

  speak(language);
  if (sessionStorage.getItem("token")) listen();
  else offerStart();
})();
