// Looks at a report from outside, in a frame of the width under test, and writes down what a reader would see.
"use strict";

const frame = document.querySelector("iframe");

function visible(selector) {
  return [...frame.contentDocument.querySelectorAll(selector)].filter((element) => {
    const { width, height } = element.getBoundingClientRect();
    return element.checkVisibility() && width > 0 && height > 0; // What is folded has a size as well.
  });
}

function seen() {
  const page = frame.contentDocument.documentElement;
  const tiles = [...frame.contentDocument.querySelectorAll("rect[class^=q]")].filter((tile) => tile.checkVisibility());
  return {
    findings: visible("article.finding").map((finding) => finding.id),
    maps: visible("svg.map").length,
    charts: visible("svg.chart").length,
    tiles: tiles.length,
    flatTiles: tiles.filter((tile) => tile.getBoundingClientRect().width <= 0 || tile.getBoundingClientRect().height <= 0).length,
    labels: visible("svg.map text").map((label) => label.getBoundingClientRect().height),
    figures: visible("figure").length,
    search: visible("#search").length,
    count: frame.contentDocument.querySelector("#count").textContent,
    overflow: page.scrollWidth - page.clientWidth,
    paper: frame.contentWindow.getComputedStyle(frame.contentDocument.body).backgroundColor,
  };
}

function choose(rule) {
  frame.contentDocument.querySelector(`input[value="${rule}"]`).click();
}

function type(words) {
  const search = frame.contentDocument.querySelector("#search");
  search.value = words;
  search.dispatchEvent(new Event("input"));
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

function reachable() {
  // Every finding, rule and listed file can be focused, in the order in which they stand.
  const stops = visible("summary, input, td a, pre");
  return stops.every((stop) => {
    stop.focus();
    return frame.contentDocument.activeElement === stop && stop.tabIndex === 0;
  });
}

async function look() {
  const result = { start: seen(), requests: frame.contentWindow.performance.getEntriesByType("resource").length };
  result.reachable = reachable();
  choose(RULE);
  result.chosen = seen();
  choose("gated");
  if (result.start.search > 0) {
    type(WORDS);
    result.searched = seen();
    type("");
    const tile = frame.contentDocument.querySelector("svg.map.wide a, svg.map.narrow a");
    tile.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    await pause();
    const focused = frame.contentDocument.activeElement.closest("article");
    result.clicked = { ...seen(), target: tile.getAttribute("href"), focused: focused === null ? "" : `#${focused.id}` };
    result.clicked.open = focused !== null && focused.querySelector("details").open;
    const hidden = frame.contentDocument.querySelector("article:not([data-gated])");
    if (hidden !== null) {
      frame.contentWindow.location.hash = hidden.id;
      await pause();
      result.led = { id: hidden.id, findings: seen().findings };
    }
  }
  return result;
}

frame.addEventListener("load", async () => {
  let found;
  try {
    found = await look();
  } catch (error) {
    found = { error: String(error.stack) };
  }
  const output = document.createElement("pre");
  output.id = "seen";
  output.textContent = JSON.stringify(found);
  document.body.append(output);
});
