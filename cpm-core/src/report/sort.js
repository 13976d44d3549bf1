// Sorts a table by the column whose header button is pressed: first the other way round, then back.
for (const table of document.querySelectorAll("table.sortable")) {
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    header.querySelector("button").addEventListener("click", () => {
      const ascending = header.getAttribute("aria-sort") === "descending";
      const key = (row) => {
        const { value } = row.cells[column].dataset;
        return value === undefined ? row.cells[column].textContent.trim() : Number(value);
      };
      const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));
      const body = table.tBodies[0];
      const rows = [...body.rows].sort((a, b) => compare(key(a), key(b)));
      body.append(...(ascending ? rows : rows.reverse()));
      headers.forEach((other) => other.setAttribute("aria-sort", "none"));
      header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    });
  });
}

// Puts a button under each table that copies its numbers as they are, one column per end of an interval.
for (const table of document.querySelectorAll(".scroll > table")) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy screen", textContent: "Copy table" });
  const name = table.caption?.textContent.trim();
  if (name) button.setAttribute("aria-label", `Copy table: ${name}`);
  const text = () => {
    const lines = [];
    const interval = [...table.tHead.rows[0].cells].map((cell) => "interval" in cell.dataset);
    for (const row of table.rows) {
      const head = row.parentElement === table.tHead;
      lines.push([...row.cells].flatMap((cell, column) => {
        const { value, low = "", high = "" } = cell.dataset;
        const words = cell.textContent.trim().replace(/\s+/g, " ");
        const own = value ?? (interval[column] && !head ? "" : words);
        if (!interval[column]) return [own];
        return head ? [words, `${words} low`, `${words} high`] : [own, low, high];
      }).join("\t"));
    }
    return lines.join("\n");
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      // Where the clipboard is refused, the table is selected instead.
      getSelection().selectAllChildren(table);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy table"; }, 2000);
  });
  table.copyText = text;
  table.parentElement.after(button);
}
