// Parts of a page. Texts of others become text nodes here, and nothing else ever.
const SVG = "http://www.w3.org/2000/svg";

function build(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "onclick" || name === "onchange" || name === "onplay" || name === "onerror") {
      element.addEventListener(name.slice(2), value);
    } else if (name in { checked: 1, disabled: 1, hidden: 1, indeterminate: 1, value: 1 }) {
      element[name] = value;
    } else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined));
  return element;
}

function buildShape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const MOON_TONES = { succeeded: "ok", failed: "danger", canceled: "quiet", expired: "quiet", queued: "quiet" };

// The moon of a state, which fills while a job runs: the same as on the web pages.
function buildMoon(state, percent = 0) {
  const moon = buildShape("svg", {
    class: `moon ${MOON_TONES[state] ?? ""}`.trim(), viewBox: "0 0 24 24", "aria-hidden": "true",
  });
  const ring = { cx: 12, cy: 12, r: 9, fill: "none", stroke: "currentColor", "stroke-width": 2 };
  moon.append(buildShape("circle", state === "expired" ? { ...ring, "stroke-dasharray": "3.5 3.5" } : ring));
  if (state === "succeeded") {
    moon.append(buildShape("circle", { cx: 12, cy: 12, r: 9, fill: "currentColor" }));
  } else if (state === "running" && percent > 0) {
    const share = 1 - percent / 50;
    const arc = `M12 3A9 9 0 0 1 12 21A${Math.abs(9 * share).toFixed(2)} 9 0 0 ${share > 0 ? 0 : 1} 12 3Z`;
    moon.append(buildShape("path", { d: arc, fill: "currentColor" }));
  } else if (state === "failed" || state === "canceled") {
    const cross = { d: "M8 8L16 16M16 8L8 16", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" };
    moon.append(buildShape("path", cross));
  }
  return moon;
}

const ICON_PATHS = {
  image: ["M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Z", "M9 11a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z", "m21 15-3.1-3.1a2 2 0 0 0-2.8 0L6 21"],
  video: ["M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Z", "M7 3v18M17 3v18M3 7.5h4M3 12h18M3 16.5h4M17 7.5h4M17 16.5h4"],
  audio: ["M11 4.7a.7.7 0 0 0-1.2-.5L6.4 7.6A1.4 1.4 0 0 1 5.4 8H3a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2.4a1.4 1.4 0 0 1 1 .4l3.4 3.4a.7.7 0 0 0 1.2-.5Z", "M16 9a5 5 0 0 1 0 6M19.4 18.4a9 9 0 0 0 0-12.7"],
  text: ["M14 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V8Z", "M14 2v6h6M8 13h8M8 17h8"],
};

function buildIcon(kind) {
  const paths = ICON_PATHS[kind] ?? ICON_PATHS.text;
  const icon = buildShape("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" });
  icon.append(...paths.map((d) => buildShape("path", { d })));
  return icon;
}

const CENT_MICROUSD = 10_000;

// Dollars of the wire as whole micro-USD: a price is never a float.
function parseUsd(text) {
  const [dollars, places = ""] = String(text ?? "0").split(".");
  return Number(dollars) * 1_000_000 + Number(places.padEnd(6, "0").slice(0, 6));
}

function formatUsd(microusd) {
  const [dollars, places] = [Math.floor(microusd / 1_000_000), microusd % 1_000_000];
  const exact = String(places).padStart(6, "0").replace(/0{1,4}$/, "");
  return `$${dollars.toLocaleString("en-US")}.${exact}`;
}

// A price rounds up to the cent and a balance down: nobody pays more than a button says.
const formatPrice = (microusd) => formatUsd(Math.ceil(microusd / CENT_MICROUSD) * CENT_MICROUSD);
const formatBalance = (microusd) => formatUsd(Math.floor(microusd / CENT_MICROUSD) * CENT_MICROUSD);
const buildExact = (microusd) =>
  microusd % CENT_MICROUSD === 0 ? null : build("small", {}, `exactly ${formatUsd(microusd)}`);

function formatDuration(seconds) {
  if (seconds >= 90) return `${Math.round(seconds / 60)} min`;
  return seconds >= 60 ? "1 min" : `${Math.max(1, Math.round(seconds))} s`;
}

function joinNames(names, most = 2) {
  const others = names.length - most;
  const parts = [...names.slice(0, most), ...(others > 0 ? [`${others} more`] : [])];
  return parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

const capitalize = (words) => words.charAt(0).toUpperCase() + words.slice(1);
const shorten = (words, most = 80) =>
  words.length <= most ? words : `${words.slice(0, most).replace(/\s\S*$/, "")} …`;

// A link out of the page; a host that opens links is asked to, because its frame may not.
function buildLink(url, words, look) {
  if (!isWebUrl(url)) return null;
  const open = (event) => {
    if (!host.can("openLinks")) return;
    event.preventDefault();
    host.openLink(event.currentTarget.href).catch(() => {});
  };
  return build("a", { class: look, href: url, target: "_blank", rel: "noreferrer", onclick: open }, words);
}

const isWebUrl = (url) => /^https?:\/\//.test(String(url));

// Pictures keep their elements between two drawings, so that they neither flicker nor load twice.
const pictures = new Map();

function buildPicture(key, url, alt, load, size = {}) {
  const known = pictures.get(key);
  if (known) return known;
  const image = build("img", { alt, loading: "lazy", decoding: "async", ...size });
  pictures.set(key, image);
  const loadData = async () => {
    const data = await load?.().catch(() => null);
    if (data) image.src = data;
    else {
      pictures.set(key, buildIcon("image"));
      image.replaceWith(pictures.get(key));
    }
  };
  if (isWebUrl(url)) {
    image.addEventListener("error", loadData, { once: true });
    image.src = url;
  } else loadData();
  return image;
}

// Few at a time: a host may ask a person for each call of a tool, or count them.
const turns = { free: 3, queue: [] };

async function loadPicture(tool, args) {
  if (turns.free === 0) await new Promise((resolve) => turns.queue.push(resolve));
  else turns.free -= 1;
  try {
    const result = await host.callTool(tool, args);
    const picture = (result.content ?? []).find((part) => part.type === "image");
    return picture && !result.isError ? `data:${picture.mimeType};base64,${picture.data}` : null;
  } finally {
    const next = turns.queue.shift();
    if (next) next();
    else turns.free += 1;
  }
}

const buildNotice = (words, look = "notice") =>
  build("div", { class: look, role: look === "problem" ? "alert" : null }, ...words.filter(Boolean).map((each) => build("p", {}, each)));
