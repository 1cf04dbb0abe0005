// ruleid: text-becomes-markup
document.body.innerHTML = text;
// ruleid: text-becomes-markup
list.insertAdjacentHTML("beforeend", text);
// ok: text-becomes-markup
list.textContent = text;
