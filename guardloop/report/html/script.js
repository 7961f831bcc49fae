// Search and links into the list. Without this script everything but the search works: rules are chosen by style alone.
"use strict";

const search = document.getElementById("search");
const count = document.getElementById("count");
const findings = [...document.querySelectorAll(".finding")].map((element) => ({ element, words: null }));

function chosenRule() {
  return document.querySelector("input[name=rule]:checked");
}

function belongs(element, rule) {
  return rule === "gated" ? "gated" in element.dataset : element.dataset.rule === rule;
}

function refresh() {
  const sought = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rule = chosenRule();
  const total = Number(rule.dataset.count);
  let shown = 0;
  for (const finding of findings) {
    finding.words ??= finding.element.textContent.toLowerCase();
    const found = sought.every((word) => finding.words.includes(word));
    finding.element.hidden = !found;
    shown += found && belongs(finding.element, rule.value) ? 1 : 0;
  }
  const noun = total === 1 ? "finding" : "findings";
  count.textContent = shown === total ? `${total} ${noun}` : `${shown} of ${total} ${noun}`;
}

function reveal() {
  let name = "";
  try {
    name = decodeURIComponent(location.hash.slice(1));
  } catch {
    return; // A hash that was typed by hand need not be an encoding of anything.
  }
  const target = document.getElementById(name);
  if (target !== null && target.matches(".finding")) {
    const details = target.querySelector("details");
    if (getComputedStyle(target).display === "none") {
      document.getElementById(`rule-${target.dataset.rule}`).checked = true;
      search.value = "";
      refresh();
    }
    details.open = true;
    target.scrollIntoView();
    details.querySelector("summary").focus({ preventScroll: true });
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-path]");
  if (link !== null) {
    search.value = link.dataset.path;
    refresh();
    setTimeout(reveal); // A second click on the same link changes no hash.
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target.closest("input, pre") === null) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = "";
    refresh();
  }
});
search.addEventListener("input", refresh);
for (const choice of document.querySelectorAll("input[name=rule]")) {
  choice.addEventListener("change", refresh);
}
window.addEventListener("hashchange", reveal);
document.getElementById("tools").hidden = false;
refresh();
reveal();
