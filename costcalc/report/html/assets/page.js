"use strict";

/** What a cell is copied as: as JSON has it. */
function copied(cell) {
  if (cell.dataset.v !== undefined) return cell.dataset.v;
  const text = cell.textContent.trim();
  return cell.classList.contains("n") ? text.replaceAll(",", "") : text;
}

/** Cells of numbers as numbers; what is none sorts behind all. */
function sortable(cell) {
  const number = Number(copied(cell));
  return cell.textContent === "" || Number.isNaN(number) ? null : number;
}

function sort(table, column, button) {
  const head = button.closest("th");
  const numeric = head.classList.contains("n");
  const before = head.getAttribute("aria-sort");
  // numbers are looked at from the largest on, names from the first
  const descending = before === null ? numeric : before === "ascending";
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const sign = descending ? -1 : 1;
  const words = new Intl.Collator(undefined, { numeric: true });
  const rows = [...table.tBodies[0].rows].map((row) => {
    const cell = row.cells[column];
    return { row, key: numeric ? sortable(cell) : cell.textContent };
  });
  rows.sort((a, b) => {
    if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
    return sign * (numeric ? a.key - b.key : words.compare(a.key, b.key));
  });
  table.tBodies[0].append(...rows.map((one) => one.row));
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Rows that have all the words, in any of their cells; those of `left` are not shown. */
function filter(table, text, told, left) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...table.tBodies[0].rows];
  for (const row of rows) {
    const said = row.textContent.toLowerCase();
    row.hidden = left.has(row) || !words.every((word) => said.includes(word));
  }
  const shown = rows.filter((row) => !row.hidden).length;
  told.textContent = words.length ? `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows` : "";
}

/** Rows all of whose numbers are 0, as of what is fused; none where that are all. */
function idle(table) {
  const rows = [...table.tBodies[0].rows];
  const found = rows.filter((row) => [...row.querySelectorAll(".n")].every((cell) => !sortable(cell)));
  return new Set(found.length < rows.length ? found : []);
}

function prepareTable(figure) {
  const table = figure.querySelector("table");
  if (table.tBodies[0].rows.length > 1) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = element("button", { type: "button" }, ...head.childNodes);
      if (!button.textContent) button.setAttribute("aria-label", head.title);
      button.addEventListener("click", () => sort(table, column, button));
      head.append(button);
    });
  }
  if (!figure.classList.contains("filterable")) return;
  const told = element("span", { className: "note" });
  told.setAttribute("role", "status");
  const field = element("input", { type: "search", placeholder: "conv 3x3" });
  const costless = figure.classList.contains("costs") ? idle(table) : new Set();
  const all = element("input", { type: "checkbox" });
  const show = () => filter(table, field.value, told, all.checked ? new Set() : costless);
  field.addEventListener("input", show);
  all.addEventListener("change", show);
  const copy = element("button", { type: "button" }, "Copy the table");
  copy.addEventListener("click", () => {
    getSelection().selectAllChildren(table);
    told.textContent = document.execCommand("copy") ? "copied" : "select it and copy";
    getSelection().removeAllRanges();
  });
  const label = element("label", {}, "Filter ", field);
  const tools = element("div", { className: "tools-of-table" }, label, copy, told);
  if (costless.size) copy.before(element("label", {}, all, ` also ${costless.size.toLocaleString("en")} that cost nothing`));
  figure.querySelector(".scroll").before(tools);
  show();
}

/** The slider under memory over the steps: which tensors are alive at a step. */
function prepareMemory(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const svg = figure.querySelector("svg");
  const [cursor, slider, said] = ["path.cursor", "input", "output"].map((one) => figure.querySelector(one));
  const { left, right, top, floor } = data.frame;
  const across = (right - left) / data.steps.length;
  const show = () => {
    const at = slider.value - 1;
    cursor.setAttribute("d", `M${left + across * at} ${floor}V${top}h${across}V${floor}Z`);
    const alive = data.tensors.filter(([, , first, last]) => first <= at && at <= last);
    const listed = alive.map(([name, bytes, first]) => `${name || data.steps[first]} ${bytes.toLocaleString("en")}`).join(", ");
    said.textContent = `${data.steps[at]}: ${data.bytes[at].toLocaleString("en")} bytes alive: ${listed}`;
  };
  slider.addEventListener("input", show);
  const point = (event) => {
    const on = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    slider.value = Math.floor((on.x - left) / across) + 1;
    show();
  };
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  show();
}

function prepareBridge(part) {
  const [from, to] = part.querySelectorAll("select");
  const ends = new Map([...part.querySelectorAll("template")].map((one) => [one.dataset.ends, one]));
  const show = () => {
    const shown = ends.get(`${from.value} ${to.value}`).content.cloneNode(true);
    part.querySelector(".ends").replaceChildren(shown);
  };
  from.addEventListener("change", show);
  to.addEventListener("change", show);
  show();
}

/** A share in words, as the boxes of a graph have it. */
function percent(share) {
  const tenths = Math.round(share * 1000);
  return share > 0 && tenths === 0 ? "<0.1 %" : `${(tenths / 10).toFixed(1)} %`;
}

/** The numbers of the layers that something stands for: "3-5 9". */
function layersOf(opener) {
  return opener.dataset.layers.split(" ").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Boxes in the colours of a cost; arrow keys go from box to box. */
function prepareGraph(figure) {
  const costs = JSON.parse(figure.querySelector("script").textContent);
  const [by, level] = ["coloured by", "blocks"].map((label) => figure.querySelector(`[aria-label="${label}"]`));
  const chart = figure.querySelector(".chart");
  const middle = () => { chart.scrollLeft = (chart.scrollWidth - chart.clientWidth) / 2; };
  const paint = () => {
    const svg = figure.querySelector("svg:not([hidden])");
    const boxes = [...svg.querySelectorAll("[data-layers]")];
    boxes.forEach((box, number) => { box.tabIndex = number ? -1 : 0; });
    if (!by) return;
    const { each, total } = costs[by.value];
    const shares = boxes.map((box) =>
      layersOf(box).reduce((sum, layer) => sum + each[layer], 0) / total);
    const most = Math.max(...shares.filter((_, number) => !boxes[number].matches(".frame")));
    boxes.forEach((box, number) => {
      box.style.setProperty("--s", most ? shares[number] / most : 0);
      box.querySelector(".share").textContent = percent(shares[number]);
      const texts = [...box.querySelectorAll("text")].map((one) => one.textContent);
      box.setAttribute("aria-label", texts.join(", "));
    });
    figure.querySelector(".legend .most").textContent = percent(most);
  };
  const deepen = () => {
    for (const svg of figure.querySelectorAll("svg")) svg.toggleAttribute("hidden", svg.dataset.depth !== level.value);
    paint();
    middle();
  };
  by?.addEventListener("change", paint);
  level?.addEventListener("change", deepen);
  figure.addEventListener("keydown", (event) => {
    const box = event.target.closest("[data-layers]");
    if (!box) return;
    const boxes = [...box.ownerSVGElement.querySelectorAll("[data-layers]")];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) {
      const next = boxes[boxes.indexOf(box) + step];
      if (next) [box.tabIndex, next.tabIndex] = [-1, 0];
      next?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      openLayers(box);
    } else return;
    event.preventDefault();
  });
  paint();
  requestAnimationFrame(middle); // what is unpacked has no size yet
}

/** The formulas of the layers that something stands for, in a window of their own. */
function openLayers(opener) {
  const formulas = opener.closest("article").querySelector(".formulas");
  const { names, formulas: of } = JSON.parse(formulas.querySelector("script").textContent);
  const layers = layersOf(opener);
  const templates = formulas.querySelectorAll("template");
  const alike = new Map(); // layers whose steps are the same, by their formulas
  for (const layer of layers) alike.set(of[layer], [...(alike.get(of[layer]) ?? []), names[layer]]);
  const dialog = document.querySelector("dialog");
  const parts = [...alike].map(([number, same], index) => {
    const content = templates[number].content.cloneNode(true);
    const others = names.filter((name, layer) => of[layer] === number && !same.includes(name));
    if (others.length) content.append(element("p", { className: "note" }, `the same in ${others.join(", ")}`));
    if (alike.size === 1) return content;
    return element("details", { open: index === 0 }, element("summary", {}, same.join(", ")), content);
  });
  dialog.querySelector("h2").textContent = opener.querySelector(".name")?.textContent ?? names[layers[0]];
  dialog.lastElementChild.replaceChildren(...parts);
  dialog.showModal();
  dialog.scrollTop = 0;
}

function prepare(part) {
  part.querySelectorAll("figure.table").forEach(prepareTable);
  part.querySelectorAll("figure.memory").forEach(prepareMemory);
  part.querySelectorAll("figure.graph").forEach(prepareGraph);
  part.querySelectorAll(".bridge").forEach(prepareBridge);
}

async function unpack(script) {
  if (!script) return;
  const bytes = Uint8Array.from(atob(script.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const holder = element("div", { innerHTML: await new Response(stream).text() });
  prepare(holder);
  script.replaceWith(...holder.childNodes);
}

/** What the address names is there and seen, in whichever network it is. */
async function show(id) {
  const network = document.getElementById(id.split("-")[0]);
  if (network?.matches("details")) network.open = true;
  await unpack(network?.querySelector("script.packed"));
  document.getElementById(id)?.scrollIntoView();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-layers]");
  if (opener) openLayers(opener);
  else if (event.target.matches("dialog")) event.target.close();
});

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || event.target.matches("input, textarea")) return;
  const range = selection.getRangeAt(0);
  const within = range.commonAncestorContainer;
  const cell = (within.nodeType === Node.TEXT_NODE ? within.parentElement : within).closest("td, th, dd");
  let text = null;
  if (cell) {
    if (selection.toString().trim() === cell.textContent.trim()) text = copied(cell);
  } else {
    const found = range.cloneContents();
    const rows = [...found.querySelectorAll("tr:not([hidden])")].map((row) => [...row.cells]);
    if (!rows.length) rows.push([...found.querySelectorAll("td, th, dd")]);
    if (rows[0].length) text = rows.map((row) => row.map(copied).join("\t")).join("\n");
  }
  if (text === null) return;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});

addEventListener("hashchange", () => show(location.hash.slice(1)));

(async () => {
  prepare(document);
  for (const network of document.querySelectorAll("details.network")) {
    network.addEventListener("toggle", () => network.open && unpack(network.querySelector("script.packed")));
    if (network.open) await unpack(network.querySelector("script.packed"));
  }
  await unpack(document.querySelector("section > script.packed"));
  if (location.hash) await show(location.hash.slice(1));
  document.documentElement.dataset.ready = "";
})();
