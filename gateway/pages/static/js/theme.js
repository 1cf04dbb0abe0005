// Before the first paint: the chosen theme, and the one policy under which scripts may write HTML.
document.documentElement.dataset.js = "";
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch { /* a browser without storage follows the system */ }
window.trustedTypes?.createPolicy("default", { createHTML: (text) => text });
