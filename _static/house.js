// Loaded in the head of a page: every part waits for the body.

// Boxes that scroll can be reached and scrolled with the keyboard, and have a name; boxes that do
// not scroll are no stop on the way through the page.
document.addEventListener("DOMContentLoaded", () => {
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
});

// A number says what it counts and how it is known; a term says what it means. Without this script a
// number keeps its title, and the list at the end of the page has them all.
document.addEventListener("DOMContentLoaded", () => {
  const margin = 8;

  function place(note, beside) {
    const box = beside.getBoundingClientRect();
    const left = Math.min(box.left, window.innerWidth - note.offsetWidth - margin);
    const under = box.bottom + note.offsetHeight + margin < window.innerHeight;
    note.style.left = `${Math.max(margin, left)}px`;
    note.style.top = `${under ? box.bottom + 4 : Math.max(margin, box.top - note.offsetHeight - 4)}px`;
  }

  function noteFor(id, ...parts) {
    const note = Object.assign(document.createElement("span"), { id, className: "scr-known-note", popover: "auto" });
    note.append(...parts);
    return note;
  }

  function known(number, count) {
    const [counted, how, expression] = number.title.split("; ");
    const code = Object.assign(document.createElement("code"), { textContent: expression });
    const note = noteFor(`known-${count}`, `${counted}: ${how}.`, document.createElement("br"), code);
    // A button does not wrap inside a sentence; this does.
    const button = Object.assign(document.createElement("span"), { className: "scr-known", role: "button", tabIndex: 0 });
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", note.id);
    button.append(...number.childNodes);
    number.removeAttribute("title");
    number.append(button, note);
    let open = false; // a press outside has closed the note before the click comes
    button.addEventListener("pointerdown", () => { open = note.matches(":popover-open"); });
    button.addEventListener("click", () => note.togglePopover(!open));
    button.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && note.matches(":popover-open")) note.hidePopover();
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        note.togglePopover();
      }
    });
    note.addEventListener("toggle", (event) => {
      button.setAttribute("aria-expanded", String(event.newState === "open"));
      if (event.newState === "open") place(note, button);
    });
  }

  function term(link, count) {
    const note = noteFor(`term-${count}`, link.title);
    note.popover = "manual";
    note.setAttribute("role", "tooltip");
    link.setAttribute("aria-describedby", note.id);
    link.removeAttribute("title");
    link.after(note);
    const show = () => { note.showPopover(); place(note, link); };
    const hide = () => note.matches(":popover-open") && note.hidePopover();
    for (const event of ["mouseenter", "focus"]) link.addEventListener(event, show);
    for (const event of ["mouseleave", "blur"]) link.addEventListener(event, hide);
    link.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  }

  if (!("popover" in HTMLElement.prototype)) return;
  document.querySelectorAll("article data[title]").forEach(known);
  document.querySelectorAll("article a[title][href*='glossary.html#']").forEach(term);
});

// A long table of text can be searched and filtered; without this script all of it is shown.
document.addEventListener("DOMContentLoaded", () => {
  const option = (label, values) => Object.assign(new Option(label), { value: JSON.stringify(values) });

  function filter(box, count) {
    const rows = [...box.querySelectorAll("tbody tr")];
    const heads = [...box.querySelectorAll("thead th")].map((head) => head.textContent);
    const place = heads.indexOf(box.dataset.choose);
    const values = rows.map((row) => row.cells[place].textContent);
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const form = Object.assign(document.createElement("form"), { className: "scr-filter" });
    form.innerHTML = `<label for="choose-${count}"></label><select id="choose-${count}"></select>
      <label for="words-${count}">Words</label><input id="words-${count}" type="search"><output aria-live="polite"></output>`;
    const [label, choice, , words, told] = form.children;
    label.textContent = box.dataset.choose;
    const first = box.dataset.first?.split("|");
    if (first) choice.add(option(box.dataset.label, first));
    choice.add(option("all", []));
    [...new Set(values)].sort().forEach((value) => choice.add(option(value, [value])));

    function show() {
      const kept = JSON.parse(choice.value), wanted = words.value.toLowerCase().split(" ").filter(Boolean);
      let shown = 0;
      rows.forEach((row, n) => {
        row.hidden = (kept.length && !kept.includes(values[n])) || !wanted.every((word) => texts[n].includes(word));
        shown += !row.hidden;
      });
      told.textContent = `${shown} of ${rows.length} rows`;
    }
    // Words are looked for in all rows, unless a reader has chosen which.
    words.addEventListener("input", () => {
      if (words.value && first && !choice.dataset.chosen) choice.selectedIndex = 1;
    });
    choice.addEventListener("change", () => { choice.dataset.chosen = ""; });
    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    box.before(form);
    show();
  }

  document.querySelectorAll(".scr-table[data-choose]").forEach(filter);
});

// A table of counts can be sorted, set in other percentages, copied and cited; without this script it
// stands as the report has it.
document.addEventListener("DOMContentLoaded", () => {
  const whole = /^\d[\d,]*$/;
  const number = (cell) => Number.parseFloat(cell.textContent.replace(/,/g, "")); // of a range its low end
  const count = (cell) => (whole.test(cell.firstChild?.textContent.trim() ?? "") ? number(cell) : NaN);
  const press = (text, act) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.addEventListener("click", () => act(button));
    return button;
  };

  // Rows are sorted among themselves between two totals, which stay where they are.
  function sorted(rows, column, direction) {
    const value = (row) => (column ? number(row.cells[column]) : row.cells[0].textContent);
    const compare = (a, b) => (column ? (value(a) || 0) - (value(b) || 0) : value(a).localeCompare(value(b)));
    const found = [];
    let group = [];
    for (const row of [...rows, null]) {
      if (row && !row.matches(".scr-total")) group.push(row);
      else {
        found.push(...group.sort((a, b) => direction * compare(a, b)), ...(row ? [row] : []));
        group = [];
      }
    }
    return found;
  }

  function sortable(table) {
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = press("", () => {
        const now = { none: "descending", descending: "ascending", ascending: "none" }[head.ariaSort ?? "none"];
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", now);
        const way = now === "descending" ? -1 : 1;
        table.tBodies[0].append(...(now === "none" ? rows : sorted(rows, column, column ? way : -way)));
      });
      button.className = "scr-sort";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
    });
  }

  // Percentages of rows or columns are made of the counts that are shown; where one is not, none is.
  function percentages(table) {
    const rows = [...table.tBodies[0].rows], last = rows.at(-1);
    const across = table.tHead.rows[0].cells.length - 1;
    const total = table.tHead.rows[0].cells[across].textContent.trim() === "Total" && across > 1;
    const ways = { "as shown": null };
    if (last.matches(".scr-total")) ways["of the column"] = (row, column) => count(last.cells[column]);
    if (total) ways["of the row"] = (row) => count(row.cells[across]);
    ways.none = () => NaN;
    const texts = new Map(rows.flatMap((row) => [...row.cells].slice(1)).map((cell) => [cell, cell.innerHTML]));
    const line = table.caption.lastChild, unit = line.textContent;
    const select = document.createElement("select");
    select.append(...Object.keys(ways).map((name) => new Option(name)));
    select.addEventListener("change", () => {
      const base = ways[select.value];
      texts.forEach((html, cell) => { cell.innerHTML = html; });
      line.textContent = base ? unit.replace(/ \(% of .*\)/, "") + (select.value === "none" ? "" : ` (% ${select.value})`) : unit;
      if (!base) return;
      for (const cell of texts.keys()) {
        cell.querySelector("small")?.remove();
        const share = (100 * count(cell)) / base(cell.parentElement, cell.cellIndex);
        if (Number.isFinite(share)) cell.insertAdjacentHTML("beforeend", ` <small>(${Math.round(share)}%)</small>`);
      }
    });
    const label = document.createElement("label");
    label.append("Percentages: ", select);
    return label;
  }

  function copied(button, text) {
    button.dataset.name ??= button.textContent;
    navigator.clipboard?.writeText(text).then(() => { button.textContent = `${button.dataset.name}: done`; }, () => {});
  }

  const text = (cell) => cell.innerText.replace(/\s+/g, " ").trim();
  const asText = (table) => [...table.rows].map((row) => [...row.cells].map(text).join("\t")).join("\n");

  function citation(name, box) {
    const anchor = box.closest("section[id]")?.id;
    const place = location.href.split("#")[0] + (anchor ? `#${anchor}` : "");
    return `Green, R. and Halliday, E. (2017). Learning from Cafcass submissions to serious case reviews. Cafcass. `
      + `${name}, in the executable edition: ${document.title}, ${place}`;
  }

  document.querySelectorAll("article .scr-counts").forEach((box) => {
    const table = box.querySelector("table"), name = box.getAttribute("aria-label");
    const tools = Object.assign(document.createElement("span"), { className: "scr-tools" });
    const counts = !table.caption.lastChild.textContent.startsWith("Average");
    tools.append(...(counts ? [percentages(table)] : []),
      press("Copy the table", (button) => copied(button, asText(table))),
      press("Copy a citation", (button) => copied(button, citation(name, box))));
    sortable(table);
    const download = box.parentElement.querySelector(".scr-download");
    if (download) download.append(tools);
    else box.after(tools);
  });
});
