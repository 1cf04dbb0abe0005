// What is told while nobody looks: a count in the title, and a notification where the person wants it.
// Browsers of phones have `Notification`, but its constructor throws there: only desktops offer it.
const WANTED = "notices";
let count = 0;
const setTitle = () => {
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${title}` : title;
};

const noticesAreOffered = () => "Notification" in globalThis && matchMedia("(hover: hover) and (pointer: fine)").matches;

export function noticesAreOn() {
  try {
    return noticesAreOffered() && Notification.permission === "granted" && localStorage.getItem(WANTED) !== null;
  } catch { return false; }
}

async function wantNotices(wanted) {
  try {
    if (!wanted) localStorage.removeItem(WANTED);
    else if (await Notification.requestPermission() === "granted") localStorage.setItem(WANTED, "");
  } catch { /* then there are none */ }
  return noticesAreOn();
}

export function countInTitle() {
  if (!document.hidden) return;
  count += 1;
  setTitle();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  count = 0;
  setTitle();
});

// The setting on its page; it is kept in this browser.
export function prepareNotices(box) {
  box.closest("section").hidden = !noticesAreOffered();
  box.checked = noticesAreOn();
  box.addEventListener("change", async () => { box.checked = await wantNotices(box.checked); });
}

export function notify(words, href) {
  if (!document.hidden || !noticesAreOn()) return;
  try {
    const notice = new Notification(words, { tag: href });
    notice.addEventListener("click", () => { window.focus(); location.assign(href); });
  } catch { /* this browser tells by the title alone */ }
}
