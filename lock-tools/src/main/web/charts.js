// What has happened over time: four charts of the chosen lock, or of all together, and a mark for each death.

import uPlot from './uplot.js';
import { clock, count, duration, element } from './format.js';

const HEIGHT = 150;
const LEAST_SPAN_S = 30;
const MAX_POINTS = 600;

const CHARTS = [
  { title: 'Acquisitions, a second', lines: [['acquisitions', 'known', '--blue'], ['contended', 'after a wait', '--amber']], format: count },
  { title: 'Wait, since the lock was made', lines: [['p50Ns', 'p50', '--teal'], ['p99Ns', 'p99', '--amber'], ['maxNs', 'longest', '--red']], format: duration, log: true },
  { title: 'Stolen and woken, a second', lines: [['steals', 'stolen', '--violet'], ['kicks', 'woken', '--grey']], format: count },
  { title: 'Threads in the queue', lines: [['waiting', 'waiting', '--blue']], format: count, steps: true },
];

export class Charts {
  #parent = document.getElementById('charts');
  #plots = [];
  #columns = null;
  #deaths = [];

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#build());
    new ResizeObserver(() => this.#resize()).observe(this.#parent);
    this.#build();
  }

  /** Shows another lock: its points so far, by columns. */
  begin(columns) {
    this.#columns = columns;
    this.#draw();
  }

  /** Adds a point, unless it is one of those so far; deaths are times of day in milliseconds. */
  add(point, deaths) {
    this.#deaths = deaths;
    if (this.#columns === null) {
      return;
    }
    if (point.at > (this.#columns.at.at(-1) ?? 0)) {
      for (const [name, column] of Object.entries(this.#columns)) {
        column.push(point[name]);
        column.splice(0, Math.max(0, column.length - MAX_POINTS));
      }
    }
    this.#draw();
  }

  #draw() {
    const columns = this.#columns ?? { at: [] };
    const seconds = columns.at.map((ms) => ms / 1000);
    CHARTS.forEach((chart, index) => {
      const lines = chart.lines.map(([name]) => (columns[name] ?? []).map((value) => (chart.log && value <= 0 ? null : value)));
      this.#plots[index].setData([seconds, ...lines]);
    });
    // After the charts have been drawn, which forgets it: without a pointer the legend has the newest values.
    requestAnimationFrame(() => this.#plots.forEach((plot) => {
      if (plot.cursor.left < 0 && plot.data[0].length > 0) {
        plot.setLegend({ idx: plot.data[0].length - 1 });
      }
    }));
  }

  #build() {
    this.#plots.forEach((plot) => plot.destroy());
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    this.#parent.replaceChildren();
    this.#plots = CHARTS.map((chart) => {
      const figure = element('figure', [element('figcaption', chart.title)]);
      this.#parent.append(figure);
      return new uPlot(this.#options(chart, colour), [[], ...chart.lines.map(() => [])], figure);
    });
    this.#resize();
    this.#draw();
  }

  #options(chart, colour) {
    const axis = { stroke: colour('--quiet'), font: '11px system-ui, sans-serif', grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
    return {
      width: 300,
      height: HEIGHT,
      cursor: { sync: { key: 'pvlock' }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: true, range: (_, min, max) => [Math.min(min ?? 0, (max ?? 0) - LEAST_SPAN_S), max ?? LEAST_SPAN_S] },
        y: chart.log ? { distr: 3, range: (_, min, max) => decades(min, max) } : { range: (_, min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
      },
      axes: [
        { ...axis, size: 26, space: 70, values: (_, splits) => splits.map((s) => clock(s * 1000)) },
        { ...axis, size: 56, space: 28, ...steps(chart), values: (_, splits) => splits.map((value) => (value === null ? null : chart.format(value) === '–' ? '0' : chart.format(value))) },
      ],
      series: [
        { value: (_, s) => (s === null ? '' : clock(s * 1000)), label: 'at' },
        ...chart.lines.map(([, label, name]) => ({
          label,
          stroke: colour(name),
          width: 1.5,
          points: { show: false },
          paths: chart.steps ? uPlot.paths.stepped({ align: 1 }) : undefined,
          value: (_, value) => (value === null || value === undefined ? '–' : chart.format(value)),
        })),
      ],
      hooks: { draw: [(plot) => this.#mark(plot, colour('--red'))] },
    };
  }

  // A dashed line at each death, with a flag on top.
  #mark(plot, colour) {
    const { ctx, bbox } = plot;
    const flag = 4 * devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const at of this.#deaths) {
      const x = plot.valToPos(at / 1000, 'x', true);
      if (x >= bbox.left && x <= bbox.left + bbox.width) {
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        ctx.beginPath();
        ctx.moveTo(x - flag, bbox.top);
        ctx.lineTo(x + flag, bbox.top);
        ctx.lineTo(x, bbox.top + 2 * flag);
        ctx.fill();
      }
    }
    ctx.restore();
  }

  #resize() {
    this.#plots.forEach((plot) => {
      const width = plot.root.parentElement.clientWidth;
      if (width > 0) {
        plot.setSize({ width, height: HEIGHT });
      }
    });
  }
}

// Lines at whole decades, or at whole numbers.
function steps(chart) {
  if (chart.log) {
    return {
      splits: (plot) => {
        const decades = [];
        for (let value = plot.scales.y.min; value <= plot.scales.y.max * 1.001; value *= 10) {
          decades.push(value);
        }
        return decades;
      },
    };
  }
  return chart.steps ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {};
}

function decades(min, max) {
  if (min === null || min === undefined) {
    return [1e3, 1e6];
  }
  const low = Math.floor(Math.log10(min));
  return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.log10(max)))];
}
