// Who holds a lock, and who waits for it, in order.

import { duration, element, show } from './format.js';

const MAX_DRAWN = 32;

/** Draws the owner and the queue of a lock of a sample; null is all locks together. */
export function drawQueue(lock) {
  const list = document.getElementById('queue');
  list.hidden = lock === null;
  show('detail-title', lock === null ? 'All locks' : lock.name);
  show('detail-facts', lock === null ? 'waits are those of the lock where they are longest' : facts(lock));
  if (lock !== null) {
    const drawn = lock.queue.slice(0, MAX_DRAWN);
    const cards = [owner(lock), ...drawn.map(waiter)];
    const more = lock.queueLength - drawn.length;
    if (more > 0) {
      cards.push(element('li', `and ${more} more`, { class: 'more' }));
    }
    list.replaceChildren(...cards);
  }
}

function facts(lock) {
  const facts = [lock.type, `${lock.kind} ${lock.policy}`];
  for (const [name, value] of Object.entries(lock.values)) {
    facts.push(`${name} ${value}`);
  }
  if (lock.holdP99Ns > 0) {
    facts.push(`held for ${duration(lock.holdP50Ns)}, p99 ${duration(lock.holdP99Ns)}`);
  }
  if (lock.deaths > 0) {
    facts.push(lock.deaths === 1 ? 'one owner died' : `${lock.deaths} owners died`);
  }
  if (!lock.recoverable) {
    facts.push('given up for good');
  } else if (lock.inconsistent) {
    facts.push('inconsistent: its data is not declared repaired');
  }
  return facts.join(' · ');
}

function owner(lock) {
  if (lock.owner === null) {
    return card('free', 'free', lock.queueLength === 0 ? 'nobody waits' : 'about to be taken', '', '');
  }
  const { alive, thread, command, pid, heldForNs } = lock.owner;
  return card(alive ? 'holds' : 'dead', alive ? 'holds' : 'died', thread, `${command} ${pid}`, heldForNs);
}

function waiter(waiter, index) {
  return card(waiter.state, `${index + 1}  ${waiter.state}`, waiter.thread, `pid ${waiter.pid}`, waiter.waitedForNs);
}

function card(state, title, thread, who, sinceNs) {
  const since = element('i', sinceNs > 0 ? duration(sinceNs) : '');
  return element('li', [element('p', [element('b', title), since]), element('span', thread), element('small', who)], {
    'data-state': state,
    title: `${thread} ${who}`,
  });
}
