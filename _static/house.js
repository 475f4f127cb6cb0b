// Boxes that scroll can be reached and scrolled with the keyboard, and have a name; boxes that do
// not scroll are no stop on the way through the page.
(() => {
  const boxes = ".scr-table, .pst-scrollable-table-container, .bd-article pre";

  function name(box) {
    const caption = box.querySelector("caption, .caption-text");
    return caption ? caption.innerText.split("\n")[0].trim() : "Code";
  }

  function reach(box) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", name(box));
    } else {
      for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
    }
  }

  const all = () => document.querySelectorAll(boxes).forEach(reach);
  window.addEventListener("load", () => {
    all();
    new ResizeObserver(all).observe(document.body);
  });
  document.addEventListener("toggle", all, true);
})();
