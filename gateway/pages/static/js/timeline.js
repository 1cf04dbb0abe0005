// The ends of a block are dragged; a drag writes the number field, which saves like typing does.
class FilmTimeline extends HTMLElement {
  connectedCallback() {
    this.addEventListener("pointerdown", (event) => this.grip(event));
    this.addEventListener("click", ({ target }) => {
      const block = target.closest("[data-block]");
      if (!block || target.closest(".handle")) return;
      this.querySelector(`#clip-${block.dataset.block} input`)?.focus();
    });
  }

  grip(event) {
    const handle = event.target.closest(".handle");
    const field = handle && document.getElementById(handle.dataset.field);
    if (!field) return;
    event.preventDefault();
    const { fps } = handle.dataset, scale = Number(this.dataset.scale);
    const way = handle.dataset.field.startsWith("head") ? 1 : -1;
    const box = handle.closest("svg"), width = box.width.baseVal.value, x = box.x.baseVal.value;
    const before = Number(field.value), from = event.clientX;
    const others = [...field.closest("li").querySelectorAll("input")].filter((each) => each !== field);
    const most = Number(field.max) - others.reduce((sum, each) => sum + Number(each.value), 0);
    handle.setPointerCapture(event.pointerId);
    const move = ({ clientX }) => {
      const frames = before + Math.round((way * (clientX - from) * fps) / scale);
      field.value = Math.max(0, Math.min(most, frames));
      const cut = ((field.value - before) * scale) / fps;
      box.setAttribute("width", Math.max(10, width - cut));
      if (way > 0) box.setAttribute("x", x + cut);
    };
    const drop = () => {
      handle.removeEventListener("pointermove", move);
      if (Number(field.value) !== before) field.dispatchEvent(new Event("change", { bubbles: true }));
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", drop, { once: true });
  }
}

customElements.define("film-timeline", FilmTimeline);
