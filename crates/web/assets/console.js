// The console: keyboard first, live lists, unsent words kept.
//   data-key="r"            pressing r clicks a link or button, focuses a field; several keys stand apart by a space;
//                           data-key-name names it in the list
//   data-insert="id"        puts the text of that element into the first text of the composer
//   data-row                one entry of a list that j and k walk through; its first link gets the focus
//   data-find               the search box of Ctrl K and /
//   data-count="2000"       how many characters the form's texts have, against those of one message
//   data-sms="/…/count"     what the form would cost as an SMS: the server counts, whenever the typing rests
//   data-draft, data-version  a composer kept per case until the case has a newer version
{
  const settings = kept(() => localStorage);
  const drafts = kept(() => sessionStorage);
  const typing = (node) => node.isContentEditable || node.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
  const single = () => settings.get("single-keys") !== false;
  const seen = (node) => node.getClientRects().length > 0;
  const keyed = (key) => [...document.querySelectorAll(`[data-key~="${CSS.escape(key)}"]`)].find(seen);
  const act = (node) => node.matches("input, textarea, select") ? node.focus() : node.click();

  // rows
  const rows = () => [...document.querySelectorAll("[data-row]")].filter(seen);
  let current = null;
  const mark = (row, focus) => {
    document.querySelectorAll("[data-row].cur").forEach((old) => old.classList.remove("cur"));
    current = row?.id ?? null;
    if (!row) return;
    row.classList.add("cur");
    if (focus) row.querySelector("a")?.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = rows();
    const at = all.findIndex((row) => row.classList.contains("cur"));
    mark(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))], true);
  };
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) mark(row, false);
  });

  // the list of keys
  const name = (node) => node.dataset.keyName ?? [...node.childNodes].filter((part) => part.nodeName !== "KBD").map((part) => part.textContent).join("").trim();
  const list = () => {
    let dialog = document.getElementById("keys");
    dialog?.remove();
    const pairs = [["Ctrl K, /", words.find], ["Ctrl Enter", words.submit], ["Esc", words.leave]];
    if (rows().length) pairs.push(["j", words.next], ["k", words.previous], ["Enter", words.open]);
    for (const node of document.querySelectorAll("[data-key]")) if (seen(node) && node.dataset.key !== "Escape") pairs.push([node.dataset.key.replace(" ", ", "), name(node)]);
    pairs.push(["?", words.help]);
    const lines = make("dl");
    for (const [key, text] of pairs) lines.append(make("dt", { textContent: text }), make("dd", {}, make("kbd", { textContent: key })));
    const toggle = make("button", { className: "btn", textContent: single() ? words.keysOff : words.keysOn });
    toggle.onclick = () => { settings.set("single-keys", !single()); toggle.textContent = single() ? words.keysOff : words.keysOn; };
    const close = make("button", { className: "btn go", textContent: words.close });
    dialog = make("dialog", { id: "keys" }, make("h2", { id: "keys-title", textContent: words.title }), lines, make("p", { className: "row" }, close, toggle));
    dialog.setAttribute("aria-labelledby", "keys-title");
    close.onclick = () => dialog.close();
    dialog.onclose = () => dialog.remove();
    document.body.append(dialog);
    dialog.showModal();
  };
  document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) { event.preventDefault(); list(); } });
  document.querySelectorAll("[data-keys]").forEach((button) => { button.hidden = false; });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "k") { event.preventDefault(); document.querySelector("input[data-find]")?.focus(); return; }
    if (command && event.key === "Enter") {
      const form = event.target.closest?.("form");
      if (form && typing(event.target)) { event.preventDefault(); form.requestSubmit(form.querySelector(".btn.go, .btn.send") ?? undefined); }
      return;
    }
    if (command || event.altKey) return;
    if (event.key === "Escape") {
      if (typing(event.target)) event.target.blur();
      else if (keyed("Escape")) act(keyed("Escape"));
      return;
    }
    if (typing(event.target) || !single()) return;
    const node = keyed(event.key);
    if (node) { event.preventDefault(); act(node); }
    else if (event.key === "j" || event.key === "k") { event.preventDefault(); step(event.key === "j" ? 1 : -1); }
    else if (event.key === "/") { event.preventDefault(); document.querySelector("input[data-find]")?.focus(); }
    else if (event.key === "?") { event.preventDefault(); list(); }
  });

  // A published answer goes where one writes; elsewhere its link opens the composer with it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-insert]");
    const area = document.querySelector("textarea[name=checked]");
    const text = link && document.getElementById(link.dataset.insert)?.textContent;
    if (!area || !text) return;
    event.preventDefault();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });

  // Composers. What was submitted is forgotten only once the case has moved on to a newer version,
  // so a failed send or a lost race loses nothing.
  const compose = (root) => {
    for (const area of root.querySelectorAll("[data-draft]")) {
      if (area.dataset.drafting) continue;
      area.dataset.drafting = "yes";
      const key = `draft:${area.dataset.draft}`;
      const draft = drafts.get(key);
      if (draft?.sent && draft.version !== area.dataset.version) drafts.drop(key);
      else if (draft && !area.value) area.value = draft.text;
      area.addEventListener("input", () => drafts.set(key, { text: area.value, version: area.dataset.version }));
      area.form?.addEventListener("submit", () => drafts.set(key, { text: area.value, version: area.dataset.version, sent: true }));
    }
  };
  compose(document);

  document.addEventListener("htmx:after:swap", () => {
    compose(document);
    document.querySelectorAll("input[type=file][data-files]:not([data-ready])").forEach((input) => { input.dataset.ready = "yes"; files(input); });
    const row = current && document.getElementById(current);
    if (row && !row.classList.contains("cur")) mark(row, false);
  });

  // What a chat's message may hold, beside what is written: every text of the form counts.
  const count = (output) => {
    const most = Number(output.dataset.count);
    const texts = [...output.closest("form").querySelectorAll("textarea")];
    const n = texts.reduce((sum, area) => sum + [...area.value.trim().normalize("NFC")].length, 0);
    const words = n > most ? output.dataset.countMore : output.dataset.countWords;
    output.value = n ? words.replace("{n}", n).replace("{m}", Math.ceil(n / most)) : "";
  };
  document.addEventListener("input", (event) => event.target.form?.querySelectorAll("output[data-count]").forEach(count));
  document.querySelectorAll("output[data-count]").forEach(count);

  // An SMS is counted by the hands that send it, when the typing rests.
  let resting;
  document.addEventListener("input", ({ target }) => {
    const line = target.form?.querySelector("[data-sms]");
    if (!line) return;
    clearTimeout(resting);
    resting = setTimeout(async () => {
      const texts = [...new FormData(target.form)].filter(([, value]) => typeof value === "string");
      const asked = { method: "POST", headers: { "hx-request": "true" }, body: new URLSearchParams(texts) };
      const answer = await fetch(line.dataset.sms, asked).catch(() => null);
      if (answer?.ok) document.getElementById(line.id)?.replaceWith(document.createRange().createContextualFragment(await answer.text()));
    }, 400);
  });

  // The stream of changes reconnects by itself; while it is away the page says so.
  const live = document.getElementById("live");
  const lost = (on) => { if (live) live.hidden = !on; };
  for (const name of ["htmx:sse:error", "htmx:sse:close"]) document.addEventListener(name, () => lost(true));
  for (const name of ["htmx:sse:after:connection", "htmx:sse:after:message"]) document.addEventListener(name, () => lost(false));
  addEventListener("offline", () => lost(true));
}
