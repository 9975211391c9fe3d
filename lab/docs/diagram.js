(() => {
  const frame = document.querySelector(".erd-frame");
  const svg = frame.querySelector("svg");
  const all = svg.viewBox.baseVal;
  const whole = { x: all.x, y: all.y, width: all.width, height: all.height };
  let view = { ...whole };
  let kept = null;

  const show = () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);

  // Points of the drawing for one pixel of the frame, and where the frame's corner lies in the drawing.
  const scale = () => Math.max(view.width / frame.clientWidth, view.height / frame.clientHeight);
  const at = (event) => {
    const box = frame.getBoundingClientRect();
    const left = view.x + (view.width - scale() * box.width) / 2;
    const top = view.y + (view.height - scale() * box.height) / 2;
    return { x: left + (event.clientX - box.left) * scale(), y: top + (event.clientY - box.top) * scale() };
  };
  const zoom = (factor, point) => {
    const width = Math.min(Math.max(view.width * factor, 120), whole.width * 2);
    const real = width / view.width;
    view = {
      x: point.x - (point.x - view.x) * real,
      y: point.y - (point.y - view.y) * real,
      width,
      height: view.height * real,
    };
    show();
  };
  const middle = () => ({ x: view.x + view.width / 2, y: view.y + view.height / 2 });

  const light = (name) => {
    svg.querySelectorAll(".lit").forEach((one) => one.classList.remove("lit"));
    svg.classList.toggle("chosen", Boolean(name));
    if (!name) return;
    const near = new Set([name]);
    svg.querySelectorAll(".line").forEach((line) => {
      const ends = line.dataset.of.split(" ");
      if (!ends.includes(name)) return;
      line.classList.add("lit");
      ends.forEach((end) => near.add(end));
    });
    svg.querySelectorAll(".card").forEach((card) => card.classList.toggle("lit", near.has(card.dataset.table)));
  };
  const go = (name) => {
    const card = document.getElementById(`t-${name}`);
    if (!card) return;
    const box = card.getBBox();
    const width = Math.max(box.width * 4, 700);
    const height = (width * frame.clientHeight) / frame.clientWidth;
    view = { x: box.x + box.width / 2 - width / 2, y: box.y + box.height / 2 - height / 2, width, height };
    kept = name;
    show();
    light(name);
  };

  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(event.deltaY * 0.0015), at(event));
  }, { passive: false });
  let from = null;
  let moved = false;
  frame.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY };
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!from) return;
    const factor = scale();
    if (Math.abs(event.clientX - from.x) + Math.abs(event.clientY - from.y) > 3) moved = true;
    if (!moved) return;
    frame.classList.add("moving");
    view.x -= (event.clientX - from.x) * factor;
    view.y -= (event.clientY - from.y) * factor;
    from = { x: event.clientX, y: event.clientY };
    show();
  });
  window.addEventListener("pointerup", () => {
    from = null;
    frame.classList.remove("moving");
  });
  frame.addEventListener("click", (event) => {
    if (moved) return;
    const card = event.target.closest(".card");
    kept = card && kept !== card.dataset.table ? card.dataset.table : null;
    light(kept);
  });
  svg.querySelectorAll(".card").forEach((card) => {
    card.addEventListener("mouseenter", () => kept || light(card.dataset.table));
    card.addEventListener("mouseleave", () => kept || light(null));
  });
  const press = (how) => {
    if (how === "all") view = { ...whole };
    else zoom(how === "in" ? 0.75 : 1 / 0.75, middle());
    show();
  };
  document.querySelectorAll("[data-zoom]").forEach((button) =>
    button.addEventListener("click", () => press(button.dataset.zoom)));
  frame.addEventListener("keydown", (event) => {
    const step = view.width / 12;
    if (event.key === "+" || event.key === "=") press("in");
    else if (event.key === "-") press("out");
    else if (event.key === "0") press("all");
    else if (event.key === "ArrowLeft") view.x -= step;
    else if (event.key === "ArrowRight") view.x += step;
    else if (event.key === "ArrowUp") view.y -= step;
    else if (event.key === "ArrowDown") view.y += step;
    else return;
    event.preventDefault();
    show();
  });
  const search = document.querySelector(".erd-bar input");
  const list = document.getElementById("erd-tables");
  svg.querySelectorAll(".card").forEach((card) => {
    const option = document.createElement("option");
    option.value = card.dataset.table;
    list.append(option);
  });
  search.addEventListener("change", () => go(search.value));
})();
