// The portal: drafts survive a lost connection, suggestions come while one types.
{
  const drafts = kept(() => localStorage);
  const WEEK = 7 * 24 * 3600 * 1000;
  for (const key of drafts.keys()) {
    if (key.startsWith("draft:") && !(drafts.get(key)?.at > Date.now() - WEEK)) drafts.drop(key);
  }

  const say = (form, text) => {
    let line = form.querySelector("[data-say]");
    if (!line) {
      line = make("p", { className: "err" });
      line.dataset.say = "";
      line.setAttribute("role", "status");
      (form.querySelector("button:not([type=button])") ?? form.lastElementChild).before(line);
    }
    line.textContent = text;
  };

  // Text and choices are kept; files cannot be, consents and secrets must not be.
  const fields = (form) => [...form.elements].filter((field) =>
    field.name && !["hidden", "file", "password", "checkbox", "submit", "button"].includes(field.type));

  const keep = (form) => {
    const key = `draft:${form.dataset.keep}`;
    let wait = 0;
    const write = () => {
      wait = 0;
      const values = {};
      for (const field of fields(form)) {
        if (field.type === "radio" ? field.checked : field.value) values[field.name] = field.value;
      }
      if (Object.keys(values).length) drafts.set(key, { at: Date.now(), values });
      else drafts.drop(key);
    };
    form.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(write, 300); });
    // A form that was sent, or that another has taken the place of, has nothing left to keep.
    addEventListener("pagehide", () => { if (wait && form.isConnected && !form.hasAttribute("data-sent")) { clearTimeout(wait); write(); } });

    const draft = drafts.get(key);
    const empty = fields(form).every((field) => field.type === "radio" ? !field.checked : !field.value);
    if (!draft || !empty || form.querySelector("[aria-invalid]")) return;
    for (const field of fields(form)) {
      const value = draft.values[field.name];
      if (value === undefined) continue;
      if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
    const discard = make("button", { type: "button", className: "btn", textContent: words.discard });
    const notice = make("div", { className: "notice info" },
      make("div", { className: "row" }, make("p", { textContent: words.restored }), discard));
    notice.setAttribute("role", "status");
    discard.onclick = () => { clearTimeout(wait); wait = 0; drafts.drop(key); form.reset(); notice.remove(); fields(form)[0]?.focus(); };
    form.before(notice);
  };

  // Sends by fetch so that a lost connection leaves the page, and the words on it, where they are.
  const send = (form) => form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    const label = button?.textContent;
    const body = new FormData(form);
    if (button?.name) body.append(button.name, button.value);
    if (button) button.textContent = words.sending;
    say(form, "");
    try {
      const multipart = form.enctype === "multipart/form-data";
      const answer = await fetch(form.action, { method: "POST", body: multipart ? body : new URLSearchParams(body), headers: { Accept: "text/html" } });
      const page = await answer.text();
      if (answer.redirected && answer.ok) {
        form.setAttribute("data-sent", "");
        if (form.dataset.keep) drafts.drop(`draft:${form.dataset.keep}`);
        location.assign(answer.url);
        return;
      }
      const next = new DOMParser().parseFromString(page, "text/html");
      const main = next.querySelector("main");
      if (!main) throw new TypeError("not a page");
      // A form that is not complete comes back as a page with what is missing; its files are kept by the server.
      if (answer.status === 422) {
        document.querySelector("main").replaceWith(main);
        document.title = next.title;
        scrollTo(0, 0);
        forms(main);
        start(main);
        if (!main.querySelector(".errors")) main.querySelector("h1")?.focus();
        return;
      }
      const said = main.querySelector("h1")?.textContent ?? "";
      say(form, `${said}. ${main.querySelector("h1 + p")?.textContent ?? ""}`);
    } catch {
      say(form, words.offline);
      if (button) button.textContent = words.resend;
      busy(form, false);
      return;
    }
    if (button) button.textContent = label;
    busy(form, false);
  });

  // <textarea data-suggest-url data-suggest-into="id">: the text goes in the body, never in an address.
  const suggest = (area) => {
    const into = document.getElementById(area.dataset.suggestInto);
    let wait, asked;
    area.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(async () => {
        asked?.abort();
        const text = area.value.trim();
        if (text.length < 12) { into.replaceChildren(); return; }
        asked = new AbortController();
        try {
          const answer = await fetch(area.dataset.suggestUrl, { method: "POST", body: new URLSearchParams({ text }), signal: asked.signal });
          if (answer.ok) into.innerHTML = await answer.text();
        } catch { /* no suggestion is no loss */ }
      }, 400);
    });
  };

  const start = (root) => {
    root.querySelectorAll("form[data-keep]").forEach(keep);
    root.querySelectorAll("form[data-send]").forEach(send);
    root.querySelectorAll("[data-suggest-url]").forEach(suggest);
  };
  start(document);
  addEventListener("online", () => {
    for (const line of document.querySelectorAll("[data-say]")) if (line.textContent) line.textContent = words.online;
  });
}
