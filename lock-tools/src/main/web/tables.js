// The table of locks, of which one is chosen, and the table of events.

import { clock, count, duration, element, show } from './format.js';

/** Key of the row that stands for all locks together; no lock has an empty name. */
export const ALL = '';

export class LockTable {
  #body = document.getElementById('lock-rows');
  #rows = new Map();
  #chosen = null;
  #onChoice;
  #pointed = false;

  /** onChoice is called with the key of the lock that the user has chosen. */
  constructor(onChoice) {
    this.#onChoice = onChoice;
    // A row shall not move away from under the pointer.
    this.#body.addEventListener('pointerenter', () => { this.#pointed = true; });
    this.#body.addEventListener('pointerleave', () => { this.#pointed = false; });
  }

  get chosen() {
    return this.#chosen;
  }

  choose(key) {
    this.#chosen = key;
    for (const [other, row] of this.#rows) {
      row.setAttribute('aria-selected', String(other === key));
    }
    this.#onChoice(key);
  }

  draw(sample) {
    const busiest = Math.max(1, ...sample.locks.map((lock) => lock.now.contended));
    const shown = [{ key: ALL, name: 'All locks', queueLength: sample.now.waiting, now: sample.now }, ...sample.locks];
    for (const lock of shown) {
      this.#fill(this.#row(lock), lock, busiest);
    }
    this.#removeOthers(new Set(shown.map((lock) => lock.key)));
    if (!this.#pointed) {
      this.#order(shown);
    }
    const left = sample.lockCount - sample.locks.length;
    show('lock-count', left > 0 ? `${sample.lockCount}, ${left} quiet ones not shown` : String(sample.lockCount));
  }

  #row(lock) {
    let row = this.#rows.get(lock.key);
    if (row === undefined) {
      const button = element('button', lock.name, { type: 'button', title: lock.name });
      const bar = element('meter', null, { min: '0', max: '1', title: 'how often it is waited for' });
      row = element('tr', [element('th', [button, bar], { scope: 'row' }), element('td'), element('td'), element('td')]);
      row.setAttribute('aria-selected', String(lock.key === this.#chosen));
      row.addEventListener('click', () => this.choose(lock.key));
      this.#rows.set(lock.key, row);
      this.#body.append(row);
    }
    return row;
  }

  #fill(row, lock, busiest) {
    const [name, queue, waits, wait] = row.children;
    name.lastChild.value = lock.key === ALL ? 0 : lock.now.contended / busiest;
    queue.textContent = lock.queueLength === 0 ? '' : lock.queueLength;
    waits.textContent = count(lock.now.contended);
    wait.textContent = duration(lock.now.p99Ns);
    row.dataset.state = lock.recoverable === false || lock.inconsistent || (lock.owner && !lock.owner.alive) ? 'bad' : '';
  }

  #removeOthers(keys) {
    for (const [key, row] of this.#rows) {
      if (!keys.has(key)) {
        row.remove();
        this.#rows.delete(key);
      }
    }
  }

  #order(shown) {
    const wanted = shown.map((lock) => this.#rows.get(lock.key));
    if (wanted.some((row, index) => this.#body.children[index] !== row)) {
      const focused = document.activeElement;
      this.#body.replaceChildren(...wanted);
      focused?.focus({ preventScroll: true });
    }
  }
}

/** Draws the events, the newest first. */
export function drawEvents(events) {
  document.getElementById('no-events').hidden = events.length > 0;
  document.getElementById('event-rows').replaceChildren(...[...events].reverse().map((event) =>
    element('tr', [
      element('td', clock(event.at)),
      element('td', event.what),
      element('td', event.lock ?? '–'),
      element('td', event.tid > 0 ? `${event.pid}:${event.tid}` : String(event.pid)),
      element('td', duration(event.tookNs)),
    ], { 'data-state': event.death ? 'dead' : '' })));
}
