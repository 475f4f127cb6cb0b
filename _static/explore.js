// The page Explore: tables of one or two things, made of answers that were worked out beforehand.
// Without this script the page has a table by one thing at a time.
document.addEventListener("DOMContentLoaded", () => {
  const holder = document.getElementById("explore-data");
  if (!holder) return;
  const data = JSON.parse(holder.textContent);
  const named = Object.fromEntries(data.variables.map((item) => [item.name, item]));
  const order = data.variables.map((item) => item.name);
  const make = (tag, properties, ...parts) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...parts);
    return made;
  };

  // -- answers -------------------------------------------------------------------------------------

  // Return [number or range as text, how it is known].
  function told(cell) {
    if (cell === "x") return ["?", data.status.x];
    if (cell.includes("-")) return [cell.replace("-", " to "), data.status[""]];
    return [cell.slice(0, -1), data.status[cell.slice(-1)]];
  }

  // Answers are kept for two things in one order only; the other way round they are turned.
  function grid(rows, columns, study) {
    const turned = columns && order.indexOf(rows) > order.indexOf(columns);
    const [first, second] = turned ? [columns, rows] : [rows, columns];
    const cells = data.answers[`${first}|${second}|${study}`].split("/").map((row) => row.split(" "));
    return turned ? cells[0].map((_, n) => cells.map((row) => row[n])) : cells;
  }

  const unit = (rows, columns) => [named[columns]?.unit, named[rows].unit].find((name) => name && name !== "case") || "case";

  // In brackets where a condition has alternatives, as the language of quantities reads them.
  function expression(rows, columns, study, row, column) {
    const parts = [study && `study == ${study}`, row?.[1], column?.[1]].filter(Boolean);
    const joined = parts.map((part) => (parts.length > 1 && part.includes(" or ") ? `(${part})` : part));
    return `count(${unit(rows, columns)}, ${joined.join(" and ") || "true"})`;
  }

  // -- the form ------------------------------------------------------------------------------------

  const choice = (id, label, options) => {
    const select = make("select", { id: `explore-${id}`, name: id }, ...options.map(([value, text]) => new Option(text, value)));
    return [make("label", { htmlFor: select.id, textContent: label }), select];
  };
  const things = order.map((name) => [name, named[name].label]);
  const fields = [
    choice("rows", "Show", things),
    choice("columns", "by", [["", "nothing else"], ...things]),
    choice("study", "in", [["", "all studies"], ...data.studies.map((year) => [String(year), `the ${year} study`])]),
  ];
  const [rows, columns, study] = fields.map(([, select]) => select);
  const form = make("form", { className: "scr-filter" }, ...fields.flat());
  const table = make("div", { className: "scr-table" });
  table.setAttribute("role", "region");
  table.tabIndex = 0;
  const detail = make("div", { className: "scr-explore-detail" });
  detail.setAttribute("aria-live", "polite");
  const link = make("a", { textContent: "Link to this table" });

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const valid = (select, value) => [...select.options].some((option) => option.value === value);
    for (const select of [rows, columns, study]) {
      const value = asked.get(select.name) ?? "";
      if (asked.has("rows") && valid(select, value)) select.value = value;
    }
  }

  function address() {
    const asked = new URLSearchParams({ rows: rows.value });
    if (columns.value) asked.set("columns", columns.value);
    if (study.value) asked.set("study", study.value);
    return `#${asked}`;
  }

  // A study is no part of one study, and nothing is set against itself.
  function settle(changed) {
    if (columns.value === rows.value) columns.value = "";
    if (study.value && [rows.value, columns.value].includes("study")) {
      if (changed === study) {
        if (columns.value === "study") columns.value = "";
        if (rows.value === "study") rows.value = order.find((name) => name !== "study" && name !== columns.value);
      } else study.value = "";
    }
  }

  // -- the table -----------------------------------------------------------------------------------

  function show() {
    const cells = grid(rows.value, columns.value, study.value);
    const down = [...named[rows.value].lines, ["Total", ""]];
    const across = columns.value ? [...named[columns.value].lines, ["Total", ""]] : [["", ""]];
    const plural = data.units[unit(rows.value, columns.value)];
    const heads = columns.value ? across.map(([label]) => label) : [plural[0].toUpperCase() + plural.slice(1)];
    const title = `${named[rows.value].label}${columns.value ? ` by ${named[columns.value].label}` : ""}`;
    const of = study.value ? `the ${study.value} study` : "all studies";
    const head = make("tr", {}, make("th", { scope: "col", textContent: named[rows.value].label }),
      ...heads.map((text) => make("th", { scope: "col", className: "scr-number", textContent: text })));
    const body = down.map((row, n) => make("tr", { className: n === down.length - 1 ? "scr-total" : "" },
      make("th", { scope: "row", textContent: row[0] }),
      ...across.map((column, m) => make("td", { className: "scr-number" }, button(cells[n][m], row, column)))));
    table.replaceChildren(make("table", {},
      make("caption", {}, make("strong", { textContent: title }), make("br"), `Number of ${plural}, ${of}`),
      make("thead", {}, head), make("tbody", {}, ...body)));
    table.setAttribute("aria-label", title);
    detail.replaceChildren("Choose a number to see how it is known.");
    link.href = address();
  }

  function button(cell, row, column) {
    const [number, how] = told(cell);
    const made = make("button", { type: "button", className: "scr-answer", textContent: number });
    made.dataset.how = cell === "x" ? "x" : cell.includes("-") ? "range" : cell.slice(-1);
    made.setAttribute("aria-label", `${number === "?" ? "not known" : number}: ${how}`);
    made.addEventListener("click", () => explain(number, how, row, column));
    return made;
  }

  function explain(number, how, row, column) {
    const where = [row[0], column[0]].filter(Boolean).join(", ");
    const asked = expression(rows.value, columns.value, study.value, row, column);
    const commands = ["compute", "bounds"].map((verb) => `scr ${verb} '${asked}'`);
    detail.replaceChildren(
      make("p", {}, make("strong", { textContent: `${where}: ${number}` }), `, ${how}.`),
      make("p", { textContent: "To count it in data of your own, and to work out its range anew:" }),
      ...commands.map((text) => make("p", {}, make("code", { textContent: text }), " ", copier(text))),
    );
  }

  function copier(text) {
    const made = make("button", { type: "button", textContent: "Copy" });
    made.addEventListener("click", async () => {
      await navigator.clipboard?.writeText(text);
      made.textContent = "Copied";
    });
    return made;
  }

  form.addEventListener("change", (event) => {
    settle(event.target);
    history.replaceState(null, "", address());
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", () => { read(); settle(); show(); });
  columns.value = "law_group"; // few columns fit on a page, whatever its width
  rows.value = "incident";
  read();
  settle();
  document.getElementById("explore-answers").replaceChildren(form, table, detail, make("p", {}, link));
  show();
});
