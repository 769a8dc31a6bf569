"use strict";
// Filters the disagreements. Without it they are a plain list.
const form = document.getElementById("filter");
if (form) {
  const { bench, kind, words, shown } = form.elements;
  const cases = [...document.querySelectorAll("#cases > details")].map((element) => ({ element, text: element.textContent.toLowerCase() }));
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let fitting = 0;
    for (const { element, text } of cases) {
      const fits =
        (!bench.value || element.dataset.bench === bench.value) &&
        (!kind.value || element.dataset.kind === kind.value) &&
        wanted.every((word) => text.includes(word));
      element.hidden = !fits;
      fitting += fits;
    }
    shown.value = `${fitting} of ${cases.length} shown`;
    document.getElementById("none").hidden = fitting > 0;
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();
}
