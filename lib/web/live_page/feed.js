// SPDX-License-Identifier: Apache-2.0
// What the program tells, once a second, and what it told in the last quarter of an hour: that is kept by the
// program, so that a page that is opened late, or again, has it all.

// A request that takes longer than this has failed.
const answer_patience_ms = 5000;

// The secret that shows mail, while this window is open.
const admin_token = {
  get: () => sessionStorage.getItem('mailvoid-admin-token'),
  set: (token) => sessionStorage.setItem('mailvoid-admin-token', token),
};

// What the program answers. An error has the program's own words, and `status` if there was an answer.
async function ask(path) {
  const token = admin_token.get();
  const response = await fetch(path, {
    cache: 'no-store',
    signal: AbortSignal.timeout(answer_patience_ms),
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });
  if (response.ok) return response.json();
  throw Object.assign(new Error((await response.text()).trim()), { status: response.status });
}

const feed = (() => {
  const listeners = [];
  let times = [];
  let columns = new Map(); // name -> values, one for each time
  let next = 0;
  let told = {}; // the last answer
  let status = 'connecting'; // then 'live' or 'lost'
  let timer = null;

  function forget() {
    times = [];
    columns = new Map();
    next = 0;
  }

  // False if what was kept does not go with it, so that all must be asked for.
  function take(answer) {
    const names = answer.columns.map((column) => column.name);
    const same = names.length === columns.size && names.every((name) => columns.has(name));
    if (next > 0 && (answer.instance !== told.instance || !same)) {
      forget();
      return false;
    }
    const keep = (list) => list.slice(-answer.points_max);
    for (const { name, values } of answer.columns) {
      const more = Array.isArray(values) ? values : answer.at.map(() => values);
      columns.set(name, keep((columns.get(name) || []).concat(more)));
    }
    times = keep(times.concat(answer.at));
    next = answer.next;
    told = answer;
    return true;
  }

  function announce() {
    for (const listener of listeners) listener();
  }

  async function poll() {
    timer = null;
    let again_ms = 1000;
    try {
      const answer = await ask(`api/v1/live?since=${next}`);
      if (take(answer)) {
        status = 'live';
        again_ms = answer.interval_seconds * 1000;
      } else {
        again_ms = 0;
      }
    } catch {
      status = 'lost';
    }
    announce();
    // Nobody looks: what comes meanwhile is asked for later.
    if (!document.hidden) timer = setTimeout(poll, again_ms);
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && timer === null) poll();
  });

  return {
    start: poll,
    // Calls back after each answer, and each time that there was none.
    watch: (listener) => listeners.push(listener),
    status: () => status,
    // When each reading was taken, in seconds since 1970.
    times: () => times,
    // The program's state; {} before the first answer.
    state: () => told.state || {},
    instance: () => told.instance,
    interval: () => told.interval_seconds || 1,
    names: (stem) => [...columns.keys()].filter((name) => name.startsWith(stem)),
    // A figure for each reading; null where there was none.
    values: (name) => columns.get(name) || times.map(() => null),
    latest: (name) => (columns.has(name) && times.length > 0 ? columns.get(name).at(-1) : null),
  };
})();

// How much a counter grew a second, up to each reading: null for the first, and behind a gap. A counter that
// has become less began anew in between.
function rate_of(name) {
  const times = feed.times();
  const values = feed.values(name);
  const gap = 3 * feed.interval();
  return values.map((value, index) => {
    const time = times[index] - times[index - 1];
    const before = values[index - 1];
    if (index === 0 || value === null || before === null || !(time > 0) || time > gap) return null;
    return (value < before ? value : value - before) / time;
  });
}

// Lists of figures, place by place; null where all are.
function sum_of(lists) {
  return feed.times().map((time, index) => {
    const known = lists.map((list) => list[index]).filter((value) => value !== null);
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null;
  });
}

// By how much counters grew in the last `seconds`, together.
function growth_of(names, seconds) {
  const times = feed.times();
  if (times.length === 0) return 0;
  const from = times.findIndex((time) => time >= times.at(-1) - seconds - 0.5);
  let growth = 0;
  for (const name of names) {
    const values = feed.values(name);
    for (let index = from + 1; index < values.length; index += 1) {
      growth += values[index] < values[index - 1] ? values[index] : values[index] - values[index - 1];
    }
  }
  return growth;
}
