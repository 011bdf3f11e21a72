// Forms anywhere: one press sends once, errors get the focus, chosen files can be seen and removed.
// Everything here betters a page that already works without it. Words come with the script element.
"use strict";
const words = document.currentScript.dataset;
const make = (tag, attributes, ...children) => {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...children);
  return node;
};
// Storage can be full or forbidden; nothing here depends on it.
const kept = (store) => ({
  get: (key) => { try { return JSON.parse(store().getItem(key)); } catch { return null; } },
  set: (key, value) => { try { store().setItem(key, JSON.stringify(value)); } catch { /* not kept */ } },
  drop: (key) => { try { store().removeItem(key); } catch { /* nothing kept */ } },
  keys: () => { try { return Object.keys(store()); } catch { return []; } },
});

const busy = (form, on) => {
  form.toggleAttribute("data-busy", on);
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (on) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
};
// A second press while the first is on its way does nothing. The key in the form makes the server
// sure of it; this only spares the wait.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("data-busy")) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else if (form.method === "post") {
    busy(form, true);
  }
}, true);
document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form");
  if (form) busy(form, false);
});
// Back from the next page: the form is usable again.
addEventListener("pageshow", () => document.querySelectorAll("[data-busy]").forEach((form) => busy(form, false)));

const focusErrors = (root) => {
  const summary = root.querySelector(".errors");
  if (summary) {
    summary.tabIndex = -1;
    summary.focus();
  }
};

// <input type=file data-files="id of a list">: adds to what was chosen, shows it, removes one.
const MAX_FILES = 10, MAX_BYTES = 25 * 1024 * 1024;
const size = (bytes) => bytes < 1024000
  ? `${Math.ceil(bytes / 1024)} KB`
  : `${(bytes / 1048576).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} MB`;
const files = (input) => {
  const list = document.getElementById(input.dataset.files);
  if (!list) return;
  let chosen = [];
  // The list says what was chosen; the label opens the dialog.
  if (input.labels.length) input.classList.add("vh");
  const show = () => {
    const transfer = new DataTransfer();
    for (const file of chosen) transfer.items.add(file);
    input.files = transfer.files;
    list.replaceChildren(...chosen.map((file, at) => {
      const large = file.size > MAX_BYTES ? ` ${words.tooBig}` : "";
      const remove = make("button", { type: "button", className: "btn flat", textContent: words.remove });
      remove.setAttribute("aria-label", `${words.remove}: ${file.name}`);
      remove.onclick = () => { chosen.splice(at, 1); show(); input.focus(); };
      return make("li", {}, make("span", { className: large ? "err" : "", textContent: `${file.name}, ${size(file.size)}${large}` }), remove);
    }));
    if (chosen.length > MAX_FILES) list.append(make("li", {}, make("span", { className: "err", textContent: words.tooMany })));
  };
  input.addEventListener("change", () => {
    const same = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
    for (const file of input.files) if (!chosen.some((old) => same(old, file))) chosen.push(file);
    show();
  });
};

const forms = (root) => {
  focusErrors(root);
  root.querySelectorAll("input[type=file][data-files]").forEach(files);
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.onclick = () => print();
  }
};
forms(document);
