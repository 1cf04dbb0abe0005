// A chapter jumps in the player that is open, instead of loading the page again.
class FilmWatch extends HTMLElement {
  connectedCallback() {
    const film = this.querySelector("video");
    this.addEventListener("click", (event) => {
      const chapter = event.target.closest("[data-at]");
      if (!chapter || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      film.currentTime = Number(chapter.dataset.at);
      film.play();
    });
  }
}

customElements.define("film-watch", FilmWatch);
