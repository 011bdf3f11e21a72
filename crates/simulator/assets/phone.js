// The page looks again when the server says that something happened. Without this file the reader presses "Xem tin mới".
const phone = document.querySelector("[data-live]");

async function lookAgain() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const now = page.getElementById(part.id);
    // What is being chosen is never taken away. A part that has the focus itself is only being scrolled.
    const held = part !== document.activeElement && part.contains(document.activeElement);
    if (now && now.innerHTML !== part.innerHTML && !held) part.innerHTML = now.innerHTML;
  }
}

if (phone && window.EventSource) {
  for (const link of document.querySelectorAll("[data-noscript]")) link.hidden = true;
  let looking = false;
  let again = false;
  new EventSource(phone.dataset.live).addEventListener("changed", async () => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    do {
      again = false;
      await lookAgain().catch(() => {});
    } while (again);
    looking = false;
  });
}
