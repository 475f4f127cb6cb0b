// Boxes that scroll can be reached and scrolled with the keyboard, and have a name; boxes that do
// not scroll are no stop on the way through the page.
(() => {
  const boxes = ".scr-table, .scr-figure p:has(img), .pst-scrollable-table-container, .bd-article pre";

  function name(box) {
    const given = box.getAttribute("aria-label");
    if (given || box.matches("pre")) return given || "Code";
    const title = box.querySelector("caption") || box.parentElement.querySelector("p > strong");
    return title ? title.innerText.split("\n")[0] : "Table";
  }

  function reach(box) {
    box.dataset.name ??= name(box);
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.dataset.name);
      box.dataset.scrolls = "";
    } else {
      for (const attribute of ["tabindex", "role", "aria-label", "data-scrolls"]) box.removeAttribute(attribute);
    }
  }

  const all = () => document.querySelectorAll(boxes).forEach(reach);
  window.addEventListener("load", () => {
    all();
    new ResizeObserver(all).observe(document.body);
  });
  document.addEventListener("toggle", all, true);
})();
