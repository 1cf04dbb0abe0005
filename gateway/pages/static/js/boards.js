// Shots are moved by dragging them, too; what a drop means is sent like a press on Move up.
const SHOT = "li[id^='shot-']";
const named = (shot) => shot?.id.slice("shot-".length);

class StoryboardBoard extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("#order");
    for (const shot of this.querySelectorAll(SHOT)) this.movable(shot);
    for (const list of this.querySelectorAll("[data-scene]")) {
      list.addEventListener("dragover", (event) => this.over(event, list));
      list.addEventListener("drop", (event) => this.drop(event, list));
    }
    this.addEventListener("dragend", () => this.mark(null));
  }

  // Only the line with its name is the handle, so that words stay selectable.
  movable(shot) {
    const handle = shot.querySelector(".line");
    handle.draggable = true;
    handle.addEventListener("dragstart", (event) => {
      this.dragged = shot;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", named(shot));
      event.dataTransfer.setDragImage(shot, 0, 0);
    });
  }

  over(event, list) {
    if (!this.dragged) return;
    event.preventDefault();
    this.before = [...list.querySelectorAll(SHOT)].find((shot) => {
      const { top, height } = shot.getBoundingClientRect();
      return event.clientY < top + height / 2;
    });
    this.mark(this.before ?? list);
  }

  mark(place) {
    this.querySelector("[data-drop]")?.removeAttribute("data-drop");
    place?.setAttribute("data-drop", "");
  }

  drop(event, list) {
    event.preventDefault();
    const { dragged, before } = this;
    this.dragged = null;
    this.mark(null);
    if (!dragged || before === dragged || (before ?? null) === after(dragged, list)) return;
    const move = document.createElement("input");
    Object.assign(move, { type: "hidden", name: "move" });
    move.value = [named(dragged), list.dataset.scene, named(before)].filter(Boolean).join(" ");
    this.form.append(move);
    this.form.requestSubmit();
  }
}

// The shot before which a dragged one stands already; undefined in another scene.
function after(dragged, list) {
  return dragged.parentElement === list ? dragged.nextElementSibling : undefined;
}

customElements.define("storyboard-board", StoryboardBoard);
