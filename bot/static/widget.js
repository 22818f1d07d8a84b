"use strict";

// The chat on the municipality's own site: <script src="https://this.service/static/widget.js" async></script>
// A button opens the chat in a frame. Nothing is kept here, no cookie is set, and nobody else is asked.
(function () {
  const WORDS = {
    lv: { open: "Jautāt Palīgam", hide: "Paslēpt sarunu", frame: "Palīgs, saruna ar sociālo dienestu" },
    ru: { open: "Спросить Palīgs", hide: "Скрыть разговор", frame: "Palīgs, разговор с социальной службой" },
  };
  const CALM_PAGE = "https://www.lsm.lv/";

  const script = document.currentScript;
  const service = new URL(script.src).origin;
  const wished = script.dataset.language || document.documentElement.lang.slice(0, 2);
  const language = wished in WORDS ? wished : "lv";
  const words = WORDS[language];

  const place = document.createElement("div");
  const root = place.attachShadow({ mode: "open" });
  let panel = null;

  function element(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  const style = element("link", { rel: "stylesheet", href: service + "/static/widget.css" });
  const opener = element("button", { type: "button", className: "open" });
  opener.append(element("img", { src: service + "/static/paligs.svg", alt: "" }), words.open);
  opener.setAttribute("aria-expanded", "false");

  function open() {
    if (!panel) {
      panel = element("div", { className: "panel" });
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-label", words.frame);
      const hide = element("button", { type: "button", textContent: words.hide + " ✕" });
      hide.addEventListener("click", close);
      const frame = element("iframe", { src: service + "/framed?language=" + language, title: words.frame });
      frame.referrerPolicy = "no-referrer";
      panel.append(hide, frame);
      root.append(panel);
    }
    panel.hidden = false;
    opener.hidden = true;
    opener.setAttribute("aria-expanded", "true");
    panel.querySelector("iframe").focus();
  }

  // Hidden, the talk goes on where it was as long as this page is open.
  function close() {
    panel.hidden = true;
    opener.hidden = false;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
  }

  opener.addEventListener("click", open);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel && !panel.hidden) close();
  });

  window.addEventListener("message", (event) => {
    const frame = panel && panel.querySelector("iframe");
    if (!frame || event.source !== frame.contentWindow || event.origin !== service) return;
    if (event.data === "paligs:leave") {
      place.remove();
      window.location.replace(CALM_PAGE);
    }
  });

  // Until the look has arrived the button would be a bare one.
  style.addEventListener("load", () => root.append(opener));
  root.append(style);
  document.body.append(place);
})();
