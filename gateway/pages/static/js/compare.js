// Two pictures, one over the other: a range says how much of the upper one is cut away. The policy of
// the page lets a script set a property of a style, but no style in the markup.
class BeforeAfter extends HTMLElement {
  connectedCallback() {
    const range = this.querySelector("input");
    const cut = () => {
      this.style.setProperty("--cut", `${range.value}%`);
      range.setAttribute("aria-valuetext", `${range.value} % before, ${100 - range.value} % after`);
    };
    range.addEventListener("input", cut);
    cut();
  }
}

customElements.define("before-after", BeforeAfter);
