// Takes samples as they come, and hands them to the parts of the page.

import { Charts } from './charts.js';
import { count, show } from './format.js';
import { drawQueue } from './queue.js';
import { ALL, LockTable, drawEvents } from './tables.js';

const RETRY_MS = 5000;

const charts = new Charts();
const table = new LockTable(choose);
let sample = null;

function connect() {
  const source = new EventSource('live');
  source.onmessage = (message) => take(JSON.parse(message.data));
  source.onerror = () => {
    state('lost', 'no connection');
    notice('pvlock web has ended, or too many of its pages are open. This page tries again.');
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(connect, RETRY_MS);
    }
  };
}

function take(next) {
  show('region', next.region);
  document.title = `pvlock ${next.region.split('/').at(-1)}`;
  if (next.state !== 'live') {
    state('gone', 'region gone');
    notice(`${next.message}. What you see is the last that was seen; the page goes on when there is a region again.`);
    return;
  }
  sample = next;
  state('live', 'live');
  notice('');
  drawFigures();
  table.draw(sample);
  drawEvents(sample.events);
  if (table.chosen === null || (table.chosen !== ALL && chosenLock() === null)) {
    table.choose(sample.locks.length > 0 ? sample.locks[0].key : ALL);
  } else {
    drawChosen();
  }
}

function drawFigures() {
  const { now, threads } = sample;
  show('acquisitions', count(now.acquisitions));
  show('contended', count(now.contended));
  show('steals', count(now.steals));
  show('waiting', threads.waiting);
  show('attached', threads.attached);
  show('deaths', sample.deaths);
  document.getElementById('deaths-figure').dataset.state = sample.deaths > 0 ? 'dead' : '';
}

function chosenLock() {
  return sample.locks.find((lock) => lock.key === table.chosen) ?? null;
}

async function choose(key) {
  drawQueue(chosenLock());
  try {
    const answer = await fetch(key === ALL ? 'history' : `history?lock=${encodeURIComponent(key)}`);
    const columns = await answer.json();
    if (key === table.chosen) {
      charts.begin(columns);
      drawChosen();
    }
  } catch {
    // No answer: the notice says so already.
  }
}

function drawChosen() {
  const lock = chosenLock();
  const deaths = sample.events.filter((event) => event.death && (lock === null || event.key === lock.key));
  drawQueue(lock);
  charts.add((lock ?? sample).now, deaths.map((event) => event.at));
}

function state(name, text) {
  document.getElementById('state').dataset.state = name;
  show('state', text);
}

function notice(text) {
  document.getElementById('notice').hidden = text === '';
  show('notice', text);
}

connect();
