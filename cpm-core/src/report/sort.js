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
