// SPDX-License-Identifier: Apache-2.0
// The latest samples, and one of them whole: what its client said, its header, its source. All of it is text
// that strangers wrote, and stays text.

// Apart from what stands beside it, whatever direction it is written in.
const foreign = (text) => element('bdi', {}, text);
const path_text = (path) => (path === '' ? '<>' : path);

// RFC 2047's encoded words, as far as the browser knows the charset; others stay as they are.
function decoded_words(text) {
  const octets_of = { b: (word) => atob(word), q: (word) => unquoted(word.replaceAll('_', ' ')) };
  const decode = (whole, charset, encoding, word) => {
    try {
      const octets = Uint8Array.from(octets_of[encoding.toLowerCase()](word), (each) => each.charCodeAt(0));
      return new TextDecoder(charset.replace(/\*.*/, '')).decode(octets);
    } catch {
      return whole;
    }
  };
  return text
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(/=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi, decode);
}

function unquoted(word) {
  return word.replace(/=([0-9a-f]{2})/gi, (whole, digits) => String.fromCharCode(parseInt(digits, 16)));
}

// [[name, value]] of the header that `text` begins with, unfolded.
function parsed_header(text) {
  const blank = /(?<![^\n])\r?\n/.exec(text);
  const header = blank ? text.slice(0, blank.index) : text;
  return header
    .replace(/\r?\n(?=[ \t])/g, '')
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? ['', line] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
}

function field_table(caption, fields) {
  return table(
    caption,
    [{ title: 'Field' }, { title: 'Value', text: true }],
    fields.map(([name, value]) => [foreign(name), foreign(decoded_words(value))]),
    { class: 'fields' },
  );
}

function sample_recipients(sample) {
  if (sample.to !== null) return foreign(sample.to);
  return sample.recipients === null ? '–' : `${format_count(sample.recipients)} recipients`;
}

function sample_protocol({ protocol, tls, login }) {
  return `${protocol}${tls ? ', TLS' : ''}${login ? ', logged in' : ''}`;
}

function sample_view(sample, close) {
  const front = parsed_header(sample.source.slice(0, sample.front));
  const fields = parsed_header(sample.source.slice(sample.front));
  const heading = element(
    'h3',
    { tabindex: -1 },
    foreign(sample.subject === null ? '(no subject)' : decoded_words(sample.subject)),
  );
  const view = element(
    'div',
    { id: 'sample' },
    element(
      'div',
      { class: 'sample-head' },
      heading,
      element('button', { type: 'button', on: { click: close } }, 'Close'),
    ),
    terms([
      ['From', foreign(path_text(sample.from))],
      ['To', sample_recipients(sample)],
      ['Client', foreign(`${sample.hello} [${sample.peer || 'unix'}]`)],
      ['By', sample_protocol(sample)],
      ['At', format_date(new Date(sample.at * 1000))],
      ['Size', format_size(sample.octets)],
      ['Id', element('code', {}, sample.id)],
    ]),
    front.length > 0
      ? element(
          'details',
          {},
          element('summary', {}, 'Envelope, as the sink took it down'),
          field_table('What the sink wrote in front of the message.', front),
        )
      : null,
    element(
      'details',
      { open: true },
      element('summary', {}, 'Header'),
      field_table('Fields of the message, in their order.', fields),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'Source'),
      sample.cut
        ? element('p', { class: 'quiet' }, 'Only its beginning: the file has all of it.')
        : null,
      element('pre', { class: 'source', tabindex: 0 }, sample.source),
    ),
  );
  view.focus_heading = () => heading.focus();
  return view;
}

function sample_list(samples, open) {
  return table(
    `The latest ${samples.length}, the newest first.`,
    [
      { title: 'At' },
      { title: 'From', text: true },
      { title: 'To', text: true },
      { title: 'Subject', text: true },
      { title: 'Size' },
    ],
    samples.map((sample) => [
      element(
        'button',
        { type: 'button', class: 'link', 'data-id': sample.id, on: { click: () => open(sample.id) } },
        format_time_of_day(sample.at, true),
        element('span', { class: 'hidden-visually' }, ': open'),
      ),
      foreign(path_text(sample.from)),
      sample_recipients(sample),
      foreign(sample.subject === null ? '–' : decoded_words(sample.subject)),
      format_size(sample.octets),
    ]),
    { class: 'samples' },
  );
}

// Asks for the token that shows mail. `done` is called when there is one.
function token_form(why, done) {
  const id = identifier('token');
  const input = element('input', {
    id,
    type: 'password',
    autocomplete: 'off',
    required: true,
    pattern: '[!-~]+', // what a header can carry
  });
  return element(
    'form',
    {
      class: 'token',
      on: {
        submit: (event) => {
          event.preventDefault();
          admin_token.set(input.value);
          done();
        },
      },
    },
    element('p', {}, why),
    element('label', { for: id }, 'Token'),
    input,
    element('button', { type: 'submit' }, 'Show'),
  );
}

function samples_section(facts) {
  if (!facts.samples) {
    return section(
      'Latest samples',
      { class: 'card', id: 'samples' },
      element(
        'p',
        {},
        'None are kept. Start the sink with ',
        element('code', {}, '--capture DIR --sample 1/1000'),
        ' to see some of the mail here.',
      ),
    );
  }
  const written = 'mailvoid_sink_capture_samples_written_total';
  const list_place = element(
    'div',
    { class: 'sample-list', tabindex: 0, role: 'region', 'aria-label': 'Latest samples' },
    element('p', { class: 'quiet' }, 'None so far.'),
  );
  const view_place = element('div', {});
  let shown = 0; // how many were written when the list was asked for
  let busy = false;
  let refused = false;

  const fail = (error) => {
    refused = error.status === 401 || error.status === 403;
    const again = () => {
      refused = false;
      refresh();
    };
    list_place.replaceChildren(
      error.status === 401
        ? token_form('Mail is shown to those alone who have the token of --admin-token-file.', again)
        : element('p', { class: 'quiet' }, error.message),
    );
  };
  const close = () => {
    const id = view_place.dataset.id;
    view_place.replaceChildren();
    const button = [...list_place.querySelectorAll('button')].find((each) => each.dataset.id === id);
    (button || list_place).focus();
  };
  const open = async (id) => {
    try {
      const view = sample_view(await ask(`api/v1/sample?id=${encodeURIComponent(id)}`), close);
      view_place.dataset.id = id;
      view_place.replaceChildren(view);
      view.focus_heading();
    } catch (error) {
      view_place.replaceChildren(element('p', { class: 'quiet', role: 'status' }, error.message));
    }
  };
  const refresh = async () => {
    if (busy) return;
    busy = true;
    const now = feed.latest(written);
    try {
      const { samples } = await ask('api/v1/samples');
      shown = now;
      if (samples.length > 0) list_place.replaceChildren(sample_list(samples, open));
    } catch (error) {
      fail(error);
    }
    busy = false;
  };
  updates.push(() => {
    // What somebody is about to click on stays where it is.
    const used = list_place.matches(':hover, :focus-within') && list_place.querySelector('table');
    if (held_at === null && !refused && !used && feed.latest(written) > shown) refresh();
  });
  return section('Latest samples', { class: 'card', id: 'samples' }, list_place, view_place);
}
