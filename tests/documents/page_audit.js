// What a program can find of the accessibility of a page, from what the browser computed. Answers the problems in words.
() => {
  const problems = [];
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  const said = (node) => `${node.tagName} "${(node.textContent || "").trim().slice(0, 40)}"`;

  if (!document.documentElement.lang) problems.push("no language");
  if (!document.title) problems.push("no title");
  for (const [query, count] of [["main", 1], ["body header", 1], ["body footer", 1], ["h1", 1]])
    if (all(query).length !== count) problems.push(`${query}: ${all(query).length} of ${count}`);
  for (const part of all("nav, section")) {
    const name = part.getAttribute("aria-labelledby");
    if (!name || !document.getElementById(name)) problems.push(`${said(part)} has no name`);
  }
  const levels = all("h1,h2,h3,h4,h5,h6").map((h) => Number(h.tagName[1]));
  levels.forEach((level, i) => { if (i && level - levels[i - 1] > 1) problems.push(`heading ${i} skips a level`); });
  const ids = all("[id]").map((e) => e.id);
  if (new Set(ids).size !== ids.length) problems.push("an id stands twice");

  for (const table of all("table")) {
    if (!table.caption || !table.caption.textContent.trim()) problems.push("a table without a caption");
    if (!table.tHead || !all("th", table.tHead).every((th) => th.scope === "col")) problems.push(`${said(table)}: heads`);
    if (!all("tbody th", table).every((th) => th.scope === "row")) problems.push(`${said(table)}: row heads`);
    const width = table.tHead.rows[0].cells.length;
    if (![...table.rows].every((row) => row.cells.length === width)) problems.push(`${said(table)}: rows of unlike length`);
  }
  for (const drawing of all("svg")) {
    const names = (drawing.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id));
    if (drawing.getAttribute("role") !== "img" || !names.length || !names.every((n) => n && n.textContent.trim()))
      problems.push("a drawing without a name");
  }
  for (const link of all("a")) if (!link.textContent.trim()) problems.push("a link without words");

  // Contrast (WCAG 2.2, 1.4.3): the text's colour on the first ground behind it that is not clear.
  const parts = (colour) => { const n = colour.match(/[\d.]+/g).map(Number); return n.length === 3 ? [...n, 1] : n; };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let e = node; e; e = e.parentElement) {
      const colour = parts(getComputedStyle(e).backgroundColor);
      if (colour[3] === 1) return colour.slice(0, 3);
      if (colour[3] > 0) return over(colour, ground(e.parentElement));
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || seen.has(node) || node.closest("svg,script,style")) continue;
    seen.add(node);
    const back = ground(node);
    const front = over(parts(getComputedStyle(node).color), back);
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) problems.push(`${said(node)} has a contrast of ${ratio.toFixed(2)}`);
  }
  if (seen.size < 40) problems.push(`only ${seen.size} texts were looked at`);
  if (document.documentElement.scrollWidth > innerWidth) problems.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  return problems;
}
