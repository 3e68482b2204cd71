// What the pages do besides being read: answer questions, filter, and be used by keyboard. Everything comes from the
// document itself and nothing is fetched. The address keeps what was chosen.
"use strict";

(() => {
  const one = (selector, within) => (within || document).querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
  const make = (name, text, attributes) => {
    const element = document.createElement(name);
    element.textContent = text || "";
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    return element;
  };

  document.documentElement.classList.add("script");

  // The names of the answers, from the legend in its order, each with its mark; and those that say nothing about a
  // runtime.
  const marks = new Map(all(".legend .mark").map((mark) => [mark.dataset.answer, mark]));
  const silent = new Set(["lacks", "not-run", "open"]);

  // A cell's answer. Cells that work have no class: most do.
  const answerOf = (cell) => Array.from(cell.classList).find((name) => marks.has(name)) || "works";
  const isOtherwise = (name) => name !== "works" && !silent.has(name);

  // The columns, from the page's first table.
  const columns = all("thead th[data-at]", one("table.cells") || document).map((head) => ({
    name: head.dataset.name,
    at: head.dataset.at,
    reference: head.textContent.includes("reference"),
  }));

  const terms = all("#terms li").map((item) => item.textContent.toLowerCase());

  const rows = all("tbody tr", one("main")).filter((row) => row.closest("table.cells") && !row.closest(".overview")).map((row) => {
    const details = row.closest("details.area");
    const area = details ? one("h3", details).firstChild.textContent.trim() : "";
    const link = one("th a", row);
    const name = (area ? area + "/" : "") + (link ? link.textContent : "");
    const tier = one("th .tier", row);
    return {
      row,
      area,
      details,
      link,
      name,
      cells: Array.from(row.cells).slice(1),
      tier: tier ? tier.textContent : "must",
      portable: Boolean(one("th b:not(.except)", row)),
      words: name.toLowerCase() + " " + (terms[row.dataset.t] || ""),
    };
  });

  // A cell without a link of its own is explained on the page of its row, under the id of its column.
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("table.cells td");
    if (!cell || event.target.closest("a") || String(getSelection())) return;
    const link = one("th a", cell.parentElement);
    const table = cell.closest("table");
    const heads = all("thead th[data-at]", table);
    const head = heads.length ? heads[cell.cellIndex - 1] : { dataset: columns[cell.cellIndex - 1] };
    if (!link) return;
    if (table.matches(".overview")) link.click();
    else if (link.getAttribute("href").includes("/case/") || link.getAttribute("href").startsWith("case/")) {
      location.href = link.getAttribute("href") + "#" + head.dataset.at;
    } else link.click();
  });

  // Keys

  let here = -1;
  const shown = () => rows.filter(({ row, details }) => !row.hidden && (!details || details.open) && row.offsetParent !== null);
  const step = (by) => {
    const list = shown();
    if (!list.length) return;
    const before = list.findIndex(({ row }) => row.classList.contains("here"));
    here = Math.max(0, Math.min(list.length - 1, before < 0 ? (by > 0 ? 0 : list.length - 1) : before + by));
    all("tr.here").forEach((row) => row.classList.remove("here"));
    list[here].row.classList.add("here");
    list[here].row.scrollIntoView({ block: "center" });
    if (list[here].link) list[here].link.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape" && event.target.matches("input")) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/" && query) {
      event.preventDefault();
      query.focus();
      query.select();
    } else if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
      const row = rows.find(({ row }) => row.classList.contains("here"));
      if (row && row.link) row.link.click();
    }
  });

  // An address may name something that is folded away.
  const unfold = () => {
    if (location.hash.includes("=")) return;
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = place && place.closest("details");
    if (details && !details.open) {
      details.open = true;
      place.scrollIntoView();
    }
  };

  const form = one("#ask");
  const query = form && one("#query");
  if (!form) {
    unfold();
    window.addEventListener("hashchange", unfold);
    return;
  }

  // Asking and filtering

  const found = one("#found");
  const fields = ["query", "area", "tier", "answer", "runtime", "odd", "portable", "since"].map((id) => one("#" + id)).filter(Boolean);
  const option = (select, value, text) => select.append(make("option", text || value, { value }));
  new Set(rows.map(({ area }) => area)).forEach((area) => option(one("#area"), area));
  option(one("#answer"), "otherwise", "differs, or got out");
  marks.forEach((mark, name) => option(one("#answer"), name, mark.lastChild.textContent.trim()));
  columns.forEach(({ name }) => option(one("#runtime"), name));
  const folded = new Map(all("details.area").map((details) => [details, details.open]));

  const chosen = () => Object.fromEntries(fields.map((field) => [field.id, field.type === "checkbox" ? (field.checked ? "1" : "") : field.value.trim()]));

  // Whether exactly one runtime differs, of those that say anything; and whether it is this one, if one is chosen.
  const odd = (row, column) => {
    const told = row.cells.map((cell, index) => [answerOf(cell), index]);
    const known = told.filter(([name, index]) => !silent.has(name) && !columns[index].reference);
    const otherwise = known.filter(([name]) => isOtherwise(name));
    if (known.length < 3 || otherwise.length !== 1) return false;
    return column < 0 || otherwise[0][1] === column;
  };

  // Whether an answer is the one that was asked for.
  const isAsked = (name, wish) => name === wish || (wish === "otherwise" && isOtherwise(name));

  const filter = (remember) => {
    const wish = chosen();
    const words = wish.query.toLowerCase().split(/\s+/).filter(Boolean);
    const column = columns.findIndex(({ name }) => name === wish.runtime);
    const any = Object.values(wish).some(Boolean);
    let count = 0;
    for (const row of rows) {
      const cells = column < 0 ? row.cells.filter((_, index) => !columns[index].reference) : [row.cells[column]];
      row.row.hidden = !(
        words.every((word) => row.words.includes(word)) &&
        (!wish.area || row.area === wish.area || row.area.startsWith(wish.area + "/")) &&
        (!wish.tier || row.tier === wish.tier) &&
        (!wish.answer || cells.some((cell) => isAsked(answerOf(cell), wish.answer))) &&
        (!wish.odd || odd(row, column)) &&
        (!wish.portable || !row.portable) &&
        (!wish.since || cells.some((cell) => "c" in cell.dataset))
      );
      if (!row.row.hidden) count += 1;
    }
    for (const [details, open] of folded) {
      const some = rows.some((row) => row.details === details && !row.row.hidden);
      details.hidden = !some;
      details.open = any ? some : open;
    }
    all("tr.here").forEach((row) => row.classList.remove("here"));
    tell(wish, any, count);
    if (remember) {
      const state = new URLSearchParams(Object.entries(wish).filter(([, value]) => value));
      history.replaceState(null, "", any ? "#" + state : location.pathname + location.search);
    }
  };

  const tell = (wish, any, count) => {
    found.hidden = !any;
    found.replaceChildren();
    if (!any) return;
    const cases = count === 1 ? "1 case" : count + " cases";
    found.append(make("p", wish.query ? cases + " about “" + wish.query + "”." : cases + "."));
    if ((!wish.query && !wish.answer) || !count) return;
    const isTold = (name) => !wish.answer || isAsked(name, wish.answer);
    const list = make("ul");
    columns.forEach(({ name }, index) => {
      const names = new Map();
      let first = null;
      for (const { row, cells } of rows) {
        if (row.hidden) continue;
        const name = answerOf(cells[index]);
        names.set(name, (names.get(name) || 0) + 1);
        if (!first && isTold(name)) first = one("a", cells[index]);
      }
      const item = make("li", name);
      const counts = make("span");
      for (const [name, mark] of marks) {
        if (!names.has(name) || !isTold(name)) continue;
        const words = one("i", mark).textContent + " " + names.get(name) + " " + mark.lastChild.textContent.trim();
        counts.append(make("span", words, { class: "mark " + name }), " ");
      }
      if (first) counts.append(make("a", "see one", { href: first.getAttribute("href"), "aria-label": "see one of " + name }));
      if (wish.answer && !counts.firstChild) return;
      item.append(" ", counts);
      list.append(item);
    });
    found.append(list);
  };

  const restore = () => {
    if (!location.hash.includes("=") && location.hash) {
      unfold();
      return;
    }
    const state = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      if (field.type === "checkbox") field.checked = state.has(field.id);
      else field.value = state.get(field.id) || "";
    }
    filter(false);
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => filter(true));
  one("#clear").addEventListener("click", () => {
    form.reset();
    filter(true);
    query.focus();
  });
  window.addEventListener("hashchange", restore);
  restore();
})();
