'use strict';
// Everything shown comes from records or messages and is set as text, never as markup.
const byId = (id) => document.getElementById(id);
const number = (n) => (typeof n === 'number' ? n.toLocaleString('en') : '-');

function cell(text, cls) {
  const td = document.createElement('td');
  td.textContent = text;
  if (cls) td.className = cls;
  return td;
}

function rows(id, list, toCells, none) {
  const body = byId(id);
  const made = list.map((item) => {
    const tr = document.createElement('tr');
    tr.append(...toCells(item));
    return tr;
  });
  if (made.length === 0) {
    const tr = document.createElement('tr');
    const td = cell(none);
    td.colSpan = 4;
    tr.append(td);
    made.push(tr);
  }
  body.replaceChildren(...made);
}

function tile(id, text, good) {
  const p = byId(id);
  p.textContent = text;
  p.className = good === undefined ? '' : good ? 'good' : 'bad';
}

async function json(path) {
  const answer = await fetch(path, { headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

let migration = '';

async function refresh() {
  try {
    if (!migration) migration = (await json('/health/live')).migration;
    const base = `/v1/${encodeURIComponent(migration)}`;
    const [status, mismatches, dead] = await Promise.all([
      json(`${base}/status`), json(`${base}/mismatches`), json(`${base}/dead-letters`)]);
    byId('migration').textContent = migration;
    tile('phase', status.phase);
    tile('primary', status.primary);
    tile('mismatch-count', number(mismatches.items.length), mismatches.items.length === 0);
    tile('dead-count', number(dead.items.length), dead.items.length === 0);
    tile('lag-legacy', number(status.lag.legacy));
    tile('lag-target', number(status.lag.target));
    rows('entities', Object.entries(status.entities), ([name, e]) => [
      cell(name), cell(number(e.legacy), 'number'), cell(number(e.target), 'number'),
      cell(number(e.mismatches), e.mismatches ? 'bad' : '')], 'none');
    const c = status.counters;
    byId('conservation').textContent = `${number(c.writes)} writes = ${number(c.changes)} changes + `
      + `${number(c.dead_letters)} dead letters + ${number(c.duplicates)} duplicates + `
      + `${number(c.beaten_snapshot_reads)} beaten snapshot reads`;
    byId('gate').replaceChildren(...status.gate.map((g) => {
      const li = document.createElement('li');
      li.className = g.open ? 'good' : 'bad';
      li.textContent = `${g.open ? '✓' : '✗'} ${g.name}: ${g.figure}${g.open ? '' : ` (${g.reason})`}`;
      return li;
    }));
    rows('mismatches', mismatches.items, (m) => [
      cell(m.verdict, 'bad'), cell(`${m.entity} ${JSON.stringify(m.key)}`), cell(m.side),
      cell((m.fields || []).map((f) => `${f.field} (${f.cause})`).join(', '))], 'none');
    rows('dead', dead.items, (d) => [
      cell(d.stage + (d.side ? `/${d.side}` : '')), cell(d.origin), cell(d.reason)], 'none');
    byId('connection').textContent = `as of ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    byId('connection').textContent = `no answer: ${error.message}`;
  }
}

refresh();
setInterval(refresh, 1000);
