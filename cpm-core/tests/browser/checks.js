// What check_report.py asks of the page; each function returns a list of findings in words.
globalThis.checks = {
  // Headings in order, text alternatives, captions, ids and what refers to them.
  structure() {
    const findings = [];
    const expect = (holds, finding) => holds || findings.push(finding);
    const all = (selector) => [...document.querySelectorAll(selector)];
    expect(document.documentElement.lang, "the document has no language");
    expect(all("h1").length === 1, `there are ${all("h1").length} h1`);
    let level = 0;
    for (const heading of all("h1, h2, h3, h4")) {
      const own = Number(heading.tagName[1]);
      expect(own <= level + 1, `the heading "${heading.textContent}" skips a level`);
      level = own;
    }
    const ids = all("[id]").map((e) => e.id);
    expect(new Set(ids).size === ids.length, "an id is there twice");
    for (const link of all('a[href^="#"]')) expect(document.querySelector(link.hash), `${link.hash} leads nowhere`);
    for (const element of all("[aria-labelledby]")) {
      for (const id of element.getAttribute("aria-labelledby").split(" ")) {
        expect(document.getElementById(id)?.textContent.trim(), `aria-labelledby names "${id}", which says nothing`);
      }
    }
    for (const svg of all("svg")) {
      expect(svg.getAttribute("role") === "img", "an svg has no role");
      expect(/\d/.test(svg.querySelector("desc")?.textContent), "the description of an svg has no number");
    }
    for (const table of all("table")) {
      expect(table.caption?.textContent.trim(), "a table has no caption");
      for (const header of table.querySelectorAll("th")) expect(header.scope, `"${header.textContent}" has no scope`);
    }
    for (const region of all('[role="region"]')) {
      expect(region.tabIndex === 0 && region.ariaLabel, "a scroll box has no name or no tab stop");
    }
    for (const word of ["NaN", "undefined", "Infinity", "null"]) {
      expect(!new RegExp(`\\b${word}\\b`).test(document.body.innerText), `the page says "${word}"`);
    }
    return findings;
  },

  // Every heading of every sortable table, pressed twice: down, then up.
  sorting() {
    const findings = [];
    const tables = [...document.querySelectorAll("table.sortable")];
    if (!tables.length) findings.push("no table can be sorted");
    for (const table of tables) {
      [...table.tHead.rows[0].cells].forEach((header, column) => {
        const values = () => [...table.tBodies[0].rows].map((row) => {
          const cell = row.cells[column];
          return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
        });
        const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));
        const before = values();
        if (before.some((v) => Number.isNaN(v))) findings.push(`"${header.textContent}" has values that are no numbers`);
        for (const [name, sign] of [["descending", -1], ["ascending", 1]]) {
          header.querySelector("button").click();
          const expected = [...before].sort((a, b) => sign * order(a, b));
          if (JSON.stringify(values()) !== JSON.stringify(expected)) findings.push(`"${header.textContent}" is not ${name}`);
          const marks = [...table.tHead.rows[0].cells].filter((h) => h.getAttribute("aria-sort") !== "none");
          if (marks.length !== 1 || marks[0] !== header || header.getAttribute("aria-sort") !== name) {
            findings.push(`aria-sort of "${header.textContent}" is not ${name}`);
          }
        }
      });
    }
    return findings;
  },

  // Every table can be copied: a line per row, the same number of fields in each, and numbers without grouping.
  copying() {
    const findings = [];
    for (const table of document.querySelectorAll(".scroll > table")) {
      const name = table.caption?.textContent.trim();
      if (table.parentElement.nextElementSibling?.className !== "copy screen") findings.push(`"${name}" has no button to copy it`);
      const lines = table.copyText().split("\n").map((line) => line.split("\t"));
      if (lines.length !== table.rows.length) findings.push(`"${name}" is copied with ${lines.length} lines`);
      if (new Set(lines.map((line) => line.length)).size > 1 && !table.tFoot) findings.push(`"${name}" is copied askew`);
      for (const cell of table.querySelectorAll("[data-value]")) {
        const line = lines[[...table.rows].indexOf(cell.parentElement)];
        if (!line.includes(cell.dataset.value)) findings.push(`"${name}" is copied without ${cell.dataset.value}`);
      }
    }
    return findings;
  },

  // Elements beyond the right edge that no scroll box holds.
  outside() {
    const edge = document.documentElement.clientWidth + 0.5;
    const held = (e) => e.closest(".scroll, .chart, nav ul, .skip");
    return [...document.body.querySelectorAll("*")]
      .filter((e) => !held(e) && e.getBoundingClientRect().right > edge)
      .map((e) => `<${e.tagName.toLowerCase()} class="${e.className}">`);
  },

  // Text with less contrast than WCAG's 4.5 to 1 against what is painted behind it.
  contrast() {
    const parse = (text) => {
      const [r, g, b, a = 1] = (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
      return { r, g, b, a };
    };
    const over = (top, below) => {
      const mix = (k) => top.a * top[k] + (1 - top.a) * below[k];
      return { r: mix("r"), g: mix("g"), b: mix("b"), a: 1 };
    };
    const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = (c) => 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
    const behind = (element) => {
      const own = parse(getComputedStyle(element).backgroundColor);
      if (own.a === 1) return own;
      const below = element.parentElement ? behind(element.parentElement) : { r: 255, g: 255, b: 255, a: 1 };
      return over(own, below);
    };
    const findings = new Set();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const words = texts.currentNode.data.trim();
      if (!words || element.closest("script, style, title, desc, .skip")) continue;
      const style = getComputedStyle(element);
      const back = behind(element);
      const front = over(parse(element.closest("svg") ? style.fill : style.color), back);
      const [light, dark] = [luminance(front), luminance(back)].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < 4.5) findings.add(`"${words.slice(0, 40)}" has a contrast of ${ratio.toFixed(2)}`);
    }
    return [...findings];
  },

  // The policy of the page must refuse a picture, a style and a script from elsewhere.
  async refusal() {
    const refused = [];
    document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
    const add = (tag, properties) => document.head.append(Object.assign(document.createElement(tag), properties));
    add("img", { src: "https://cpm.invalid/x.png" });
    add("link", { rel: "stylesheet", href: "https://cpm.invalid/x.css" });
    add("script", { src: "https://cpm.invalid/x.js" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    return ["img-src", "style-src-elem", "script-src-elem"]
      .filter((directive) => !refused.includes(directive))
      .map((directive) => `the policy lets ${directive} load from elsewhere`);
  },
};
