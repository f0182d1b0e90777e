'use strict';
(() => {
  const element = id => document.getElementById(id);
  const nanoseconds = milliseconds => Math.max(0, Math.round(milliseconds * 1e6));
  const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
  const PRETEST = 2000;           // d of the specification, in milliseconds
  const TUPLE_INTERVAL = 10;      // milliseconds between two tuples of a connection that are kept
  const [W1, W2, W3] = [100, 3000, 1000];  // the specification's waits after an upload, in milliseconds
  const STEP_LIMIT = 15000;       // milliseconds for any answer of the server
  const LARGEST_CHUNK = 1 << 20;  // a browser hands over whole frames: larger ones make the curve coarse

  // ---- The words of the page

  const TEXTS = {
    en: {
      title: 'Broadband test', start: 'Start', stop: 'Stop', again: 'Start again', download: 'Download', upload: 'Upload',
      latency: 'Latency', chart: 'Rates over time', axes: 'Mbit/s over the seconds of each direction',
      stored: 'The stored result', history: 'Earlier tests of this browser', when: 'When',
      forget: 'Forget them in this browser', unconfirmed: 'unconfirmed', early: 'ended early',
      intro: 'Measures download, upload and latency between this browser and the server, in about 25 seconds.',
      method: 'The rate is that of the RMBT specification: all bytes of all connections until the first of them ended, divided by '
        + 'that time. The server keeps the result under a random name that this browser remembers.',
      noControl: 'The control server cannot be reached. Check the connection and try again.',
      peer: (url, why) => `The server ${url} ${why}.`, slow: 'did not answer within 15 seconds',
      unreachable: 'cannot be reached', acceptFirst: url => `; if its certificate is self-signed, open ${url} once and accept it`,
      closed: 'closed the connection', longLine: 'sent a line that is too long', late: 'did not answer in time',
      wrong: (found, wanted) => `answered ${found} where ${wanted} was due`, noServer: 'is no RMBT server',
      noPermission: 'did not accept the permission to measure', stalled: 'stopped sending',
      unheard: 'did not confirm the upload', wrongUpload: found => `answered ${found} during the upload`,
      finished: 'The connection is closed.', nothing: way => `The ${way} carried nothing that could be measured.`,
      stopped: 'The test was stopped and nothing was stored.', asking: 'Asking for a test …',
      waiting: seconds => `All places are taken: the test starts in ${seconds} s.`,
      noTLS: 'The server offers no TLS, and a page that came over HTTPS may not connect to it. Open this page over HTTP.',
      connecting: name => `Connecting to ${name} …`, preparingDown: 'Preparing the download …',
      measuringLatency: 'Measuring the latency …', measuringDown: 'Measuring the download …',
      preparingUp: 'Preparing the upload …', measuringUp: 'Measuring the upload …', storing: 'Storing the result …',
      done: (down, up, latency) => `Done: download ${down}, upload ${up}, latency ${latency} ms.`,
      hidden: ' The page was in the background for a while, where browsers slow it down: the rates may be too low.',
      details: (name, connections, pings) => `Server ${name}, ${connections} connection${connections === 1 ? '' : 's'}, `
        + `${pings} pings.`,
      progress: 'Progress of the test', imprint: 'Imprint', privacy: 'Privacy', languages: 'Language',
    },
    de: {
      title: 'Breitbandtest', start: 'Start', stop: 'Stopp', again: 'Noch einmal', download: 'Download', upload: 'Upload',
      latency: 'Latenz', chart: 'Raten im Lauf der Zeit', axes: 'Mbit/s über die Sekunden jeder Richtung',
      stored: 'Das gespeicherte Ergebnis', history: 'Frühere Tests dieses Browsers', when: 'Wann',
      forget: 'In diesem Browser vergessen', unconfirmed: 'nicht bestätigt', early: 'vorzeitig beendet',
      intro: 'Misst Download, Upload und Latenz zwischen diesem Browser und dem Server, in etwa 25 Sekunden.',
      method: 'Die Rate ist die der RMBT-Spezifikation: alle Bytes aller Verbindungen bis zum Ende der ersten, geteilt durch diese '
        + 'Zeit. Der Server bewahrt das Ergebnis unter einem zufälligen Namen auf, den sich dieser Browser merkt.',
      noControl: 'Der Control-Server ist nicht erreichbar. Bitte die Verbindung prüfen und noch einmal versuchen.',
      peer: (url, why) => `Der Server ${url} ${why}.`, slow: 'hat 15 Sekunden lang nicht geantwortet',
      unreachable: 'ist nicht erreichbar',
      acceptFirst: url => `; wenn sein Zertifikat selbst signiert ist, bitte einmal ${url} öffnen und es annehmen`,
      closed: 'hat die Verbindung geschlossen', longLine: 'hat eine zu lange Zeile gesendet',
      late: 'hat nicht rechtzeitig geantwortet',
      wrong: (found, wanted) => `hat ${found} geantwortet, wo ${wanted} kommen sollte`, noServer: 'ist kein RMBT-Server',
      noPermission: 'hat die Erlaubnis zu messen nicht angenommen', stalled: 'hat aufgehört zu senden',
      unheard: 'hat den Upload nicht bestätigt', wrongUpload: found => `hat während des Uploads ${found} geantwortet`,
      finished: 'Die Verbindung ist geschlossen.', nothing: way => `Beim ${way} kam nichts an, das sich messen ließe.`,
      stopped: 'Der Test wurde abgebrochen, nichts wurde gespeichert.', asking: 'Ein Test wird angefragt …',
      waiting: seconds => `Alle Plätze sind belegt: Der Test beginnt in ${seconds} s.`,
      noTLS: 'Der Server bietet kein TLS, und eine Seite, die über HTTPS kam, darf sich nicht mit ihm verbinden. Bitte diese Seite '
        + 'über HTTP öffnen.',
      connecting: name => `Verbindung zu ${name} …`, preparingDown: 'Der Download wird vorbereitet …',
      measuringLatency: 'Die Latenz wird gemessen …', measuringDown: 'Der Download wird gemessen …',
      preparingUp: 'Der Upload wird vorbereitet …', measuringUp: 'Der Upload wird gemessen …',
      storing: 'Das Ergebnis wird gespeichert …',
      done: (down, up, latency) => `Fertig: Download ${down}, Upload ${up}, Latenz ${latency} ms.`,
      hidden: ' Die Seite war zeitweise im Hintergrund, wo Browser sie bremsen: Die Raten können zu niedrig sein.',
      details: (name, connections, pings) => `Server ${name}, ${connections} Verbindung${connections === 1 ? '' : 'en'}, `
        + `${pings} Pings.`,
      progress: 'Fortschritt des Tests', imprint: 'Impressum', privacy: 'Datenschutz', languages: 'Sprache',
    },
  };

  // A browser may forbid the page to remember anything; then each visit is a new one.
  const remembered = {
    get(name) { try { return localStorage.getItem(name) || undefined; } catch { return undefined; } },
    set(name, value) {
      try { if (value === undefined) localStorage.removeItem(name); else localStorage.setItem(name, value); } catch { /* as above */ }
    },
  };

  const language = {
    current: [new URLSearchParams(location.search).get('lang'), remembered.get('rmbt-language'),
      ...(navigator.languages || [navigator.language])]
      .map(tag => (tag || '').toLowerCase().split('-')[0]).find(tag => TEXTS[tag]) || 'en',

    /// Writes the page anew; what a test said stays as it was said.
    apply() {
      document.documentElement.lang = this.current;
      document.title = TEXTS[this.current].title;
      for (const node of document.querySelectorAll('[data-text]')) node.textContent = TEXTS[this.current][node.dataset.text];
      for (const node of document.querySelectorAll('[data-language]')) {
        node.setAttribute('aria-pressed', String(node.dataset.language === this.current));
      }
      for (const id of ['imprint', 'privacy']) if (element(id)) element(id).textContent = TEXTS[this.current][id];
      element('progress').setAttribute('aria-label', TEXTS[this.current].progress);
      element('languages').setAttribute('aria-label', TEXTS[this.current].languages);
      element('languages').hidden = false;
    },
  };

  const text = (name, ...values) => {
    const found = TEXTS[language.current][name];
    return typeof found === 'function' ? found(...values) : found;
  };

  // ---- What the control server says

  async function post(name, message) {
    let reply;
    try {
      const response = await fetch('RMBTControlServer/' + name, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(message),
        cache: 'no-store', credentials: 'omit',
      });
      reply = await response.json();
    } catch {
      throw new Error(text('noControl'));
    }
    if (reply.error && reply.error.length > 0) throw new Error(reply.error.join(' '));
    return reply;
  }

  const timezone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

  const memory = {
    get uuid() { return remembered.get('rmbt-client'); },
    set uuid(value) { remembered.set('rmbt-client', value); },
  };

  // ---- One connection to the RMBT server: lines in text frames, chunks in binary ones

  class Connection {
    constructor(url) {
      this.url = url;
      this.lines = [];
      this.rest = '';
      this.waiting = null;
      this.failure = null;
      this.onChunk = null;
      this.onLine = null;
      this.tuples = [];
      this.bytes = 0;
    }

    open() {
      return new Promise((resolve, reject) => {
        const socket = this.socket = new WebSocket(this.url);
        socket.binaryType = 'arraybuffer';
        const limit = setTimeout(() => this.fail(text('slow')), STEP_LIMIT);
        this.opening = reject;
        socket.onopen = () => { clearTimeout(limit); this.opening = null; resolve(); };
        socket.onmessage = event => this.received(event.data);
        socket.onclose = () => {
          clearTimeout(limit);
          this.fail(this.opening
            ? text('unreachable') + (this.url.startsWith('wss:')
              ? text('acceptFirst', this.url.replace(/^wss:(.*)\/rmbt$/, 'https:$1/')) : '')
            : text('closed'));
        };
      });
    }

    fail(why) {
      this.end(new Error(text('peer', this.url, why)));
    }

    /// Whoever waits for something of this connection is told.
    end(error) {
      if (this.failure) return;
      this.failure = error;
      if (this.opening) { this.opening(this.failure); this.opening = null; }
      if (this.waiting) { this.waiting.reject(this.failure); this.waiting = null; }
      if (this.onFailure) this.onFailure(this.failure);
      this.socket.close();
    }

    received(data) {
      if (typeof data !== 'string') {
        if (this.onChunk) { this.onChunk(data); return; }
        data = new TextDecoder().decode(data);
      }
      const parts = (this.rest + data).split('\n');
      this.rest = parts.pop();
      if (this.rest.length > 4096) { this.fail(text('longLine')); return; }
      for (const part of parts) {
        const line = part.replace(/^\0+/, '').replace(/\r$/, '');
        if (this.onLine) { this.onLine(line); continue; }
        this.lines.push(line);
      }
      this.deliver();
    }

    deliver() {
      if (!this.waiting || this.lines.length === 0) return;
      const waiting = this.waiting;
      this.waiting = null;
      waiting.resolve(this.lines.shift());
    }

    line(limit = STEP_LIMIT) {
      if (this.failure && this.lines.length === 0) return Promise.reject(this.failure);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => this.fail(text('late')), limit);
        this.waiting = {
          resolve: line => { clearTimeout(timer); resolve(line); },
          reject: error => { clearTimeout(timer); reject(error); },
        };
        this.deliver();
      });
    }

    async expect(word, limit) {
      const line = await this.line(limit);
      if (line.split(' ')[0] !== word) {
        this.fail(text('wrong', JSON.stringify(line.slice(0, 60)), word));
        throw this.failure;
      }
      return line;
    }

    async time() {
      return Number((await this.expect('TIME')).split(' ')[1]);
    }

    send(line) {
      if (this.failure) throw this.failure;
      this.socket.send(line + '\n');
    }

    async greet(token) {
      const version = await this.line();
      if (!version.startsWith('RMBTv')) { this.fail(text('noServer')); throw this.failure; }
      await this.expect('ACCEPT');
      this.send('TOKEN ' + token);
      const verdict = await this.line(STEP_LIMIT + 20000);
      if (verdict !== 'OK') { this.fail(text('noPermission')); throw this.failure; }
      const sizes = (await this.expect('CHUNKSIZE')).split(' ').slice(1).map(Number);
      this.smallest = sizes[1] || sizes[0] || 4096;
      this.largest = Math.min(sizes[2] || this.smallest, LARGEST_CHUNK);
      this.initial = sizes[0] || this.smallest;
    }

    /// Takes chunks until the one that ends in 0xFF.
    chunks(size, onBytes) {
      return new Promise((resolve, reject) => {
        let total = 0;
        let last = performance.now();
        const watch = setInterval(() => {
          if (performance.now() - last > STEP_LIMIT) this.fail(text('stalled'));
        }, 1000);
        const end = settle => value => { clearInterval(watch); this.onChunk = this.onFailure = null; settle(value); };
        const [done, failed] = [end(resolve), end(reject)];
        this.onFailure = failed;
        this.onChunk = data => {
          const bytes = new Uint8Array(data);
          last = performance.now();
          let isLast = false;
          for (let at = size - total % size; at <= bytes.length; at += size) isLast = bytes[at - 1] === 0xFF;
          total += bytes.length;
          if (onBytes) onBytes(total, last);
          if (isLast) done(total);
        };
      });
    }

    keep(milliseconds, bytes, isLast = false) {
      const before = this.tuples[this.tuples.length - 1];
      const tuple = { t: milliseconds, b: bytes };
      this.bytes = bytes;
      if (before && (milliseconds - before.t < TUPLE_INTERVAL) && this.tuples.length > 1 && !isLast) return;
      if (before && milliseconds < before.t) return;
      this.tuples.push(tuple);
    }

    begin() {
      this.tuples = [];
      this.bytes = 0;
    }

    close() {
      if (this.failure) return;
      try { this.socket.send('QUIT\n'); } catch { /* it is not open yet, or gone already */ }
      this.end(new Error(text('finished')));
    }
  }

  // ---- Chunks to send: random, so that nothing on the way can compress them

  class Payload {
    constructor(size) {
      this.size = size;
      this.chunks = [];
      for (let number = 0; number < Math.max(4, Math.min(32, (1 << 21) / size)); number++) {
        const chunk = new Uint8Array(size);
        for (let at = 0; at < size; at += 65536) crypto.getRandomValues(chunk.subarray(at, Math.min(at + 65536, size)));
        chunk[size - 1] = 0;
        this.chunks.push(chunk);
      }
      this.next = 0;
      this.last = this.chunks[0].slice();
      this.last[size - 1] = 0xFF;
    }

    chunk() {
      this.next = (this.next + 1) % this.chunks.length;
      return this.chunks[this.next];
    }
  }

  // ---- Phases

  /// The specification's rate (4.4, 4.6): bytes of all connections until the first of them ended, by that time.
  function rate(connections) {
    const lists = connections.map(connection => connection.tuples);
    if (lists.length === 0 || lists.some(list => list.length === 0)) return null;
    const end = Math.min(...lists.map(list => list[list.length - 1].t));
    if (!(end > 0)) return null;
    let bytes = 0;
    for (const list of lists) {
      const at = list.findIndex(tuple => tuple.t >= end);
      const after = list[at];
      const before = at > 0 ? list[at - 1] : { t: 0, b: 0 };
      const span = after.t - before.t;
      bytes += span > 0 ? before.b + (end - before.t) / span * (after.b - before.b) : after.b;
    }
    return { bitsPerSecond: bytes * 8 / (end / 1000), milliseconds: end };
  }

  /// Chunks of which one takes 20 ms at the speed of the pre-test, in powers of two.
  function chunkSize(connection, bytesPerMillisecond) {
    let size = connection.smallest;
    while (size * 2 <= connection.largest && size * 2 <= bytesPerMillisecond * 20) size *= 2;
    return size;
  }

  /// Doubles what one request carries until the time is over; answers with chunks sent and the last speed.
  async function pretest(connection, transfer) {
    const begin = performance.now();
    let [count, size, chunks, speed] = [1, connection.initial, 0, 0];
    while (performance.now() - begin < PRETEST) {
      await connection.expect('ACCEPT');
      const before = performance.now();
      await transfer(count, size);
      speed = count * size / Math.max(performance.now() - before, 0.1);
      chunks += count;
      if (count < 8 || size * 2 > connection.largest) count = Math.min(count * 2, 4096); else size *= 2;
      // A block that would take longer than the test itself is of no use.
      if (count * size / speed > PRETEST) count = Math.max(1, count >> 1);
    }
    return { chunks, size: chunkSize(connection, speed) };
  }

  const downloadPretest = connection => pretest(connection, async (count, size) => {
    const received = connection.chunks(size);
    connection.send(`GETCHUNKS ${count} ${size}`);
    await received;
    connection.send('OK');
    await connection.time();
  });

  const uploadPretest = connection => pretest(connection, async (count, size) => {
    const payload = connection.payload && connection.payload.size === size
      ? connection.payload : connection.payload = new Payload(size);
    connection.send(`PUTNORESULT ${size}`);
    await connection.expect('OK');
    for (let sent = 0; sent < count; sent++) {
      while (connection.socket.bufferedAmount > 4 << 20) { if (connection.failure) throw connection.failure; await pause(4); }
      connection.socket.send(sent === count - 1 ? payload.last : payload.chunk());
    }
    await connection.time();
  });

  async function ping(connection, count, begin) {
    const pings = [];
    for (let number = 0; number < count; number++) {
      await connection.expect('ACCEPT');
      const sent = performance.now();
      connection.send('PING');
      await connection.expect('PONG');
      const received = performance.now();
      connection.send('OK');
      const server = await connection.time();
      pings.push({ value: nanoseconds(received - sent), value_server: server, time_ns: nanoseconds(sent - begin) });
      show.progress(number / count);
    }
    return pings;
  }

  async function download(connections, seconds, sizes) {
    await Promise.all(connections.map(connection => connection.expect('ACCEPT')));
    const begin = performance.now();
    return Promise.all(connections.map(async (connection, index) => {
      connection.begin();
      const size = sizes[index];
      let [last, length] = [0, 0];
      const received = connection.chunks(size, (total, now) => {
        [last, length] = [now - begin, total];
        connection.keep(last, total);
      });
      connection.send(`GETTIME ${seconds} ${size}`);
      await received;
      connection.keep(last, length, true);
      connection.send('OK');
      await connection.time();
    }));
  }

  async function upload(connections, seconds, sizes) {
    await Promise.all(connections.map(async (connection, index) => {
      connection.payload = new Payload(sizes[index]);
      await connection.expect('ACCEPT');
    }));
    await Promise.all(connections.map(async (connection, index) => {
      connection.begin();
      connection.send(`PUT ${sizes[index]}`);
      await connection.expect('OK');
    }));
    const begin = performance.now();
    await Promise.all(connections.map(connection => new Promise((resolve, reject) => {
      const { socket, payload } = connection;
      const room = 4 * payload.size;
      let [sent, isOver, hasWaited] = [0, false, false];
      let [watch, reported] = [null, null];
      const end = (settle, value) => {
        clearInterval(pumping);
        clearTimeout(watch);
        connection.onLine = connection.onFailure = null;
        settle(value);
      };
      const isEnough = () => reported && reported.t >= seconds * 1000 - W3;
      // What was reported must do.
      const giveUp = () => {
        if (!reported) { connection.fail(text('unheard')); return; }
        connection.keep(reported.t, reported.b, true);
        end(resolve);
      };
      const pump = () => {
        while (!isOver && !connection.failure && socket.bufferedAmount < room) {
          isOver = performance.now() - begin >= seconds * 1000;
          socket.send(isOver ? payload.last : payload.chunk());
          sent += payload.size;
        }
      };
      // The specification's waits (4.6): w1 from t on for all that is missing, then up to w2 until the reports reach t - w3.
      watch = setTimeout(() => {
        hasWaited = true;
        if (isEnough()) { giveUp(); return; }
        watch = setTimeout(giveUp, W2);
      }, seconds * 1000 + W1);
      const pumping = setInterval(pump, 4);
      connection.onFailure = error => end(reject, error);
      connection.onLine = line => {
        const words = line.split(' ');
        if (words[0] === 'TIME' && words[2] === 'BYTES') {
          reported = { t: Number(words[1]) / 1e6, b: Number(words[3]) };
          connection.keep(reported.t, reported.b);
          pump();
          if (hasWaited && isEnough()) giveUp();
        } else if (words[0] === 'TIME') {
          connection.keep(Number(words[1]) / 1e6, sent, true);
          end(resolve);
        } else {
          connection.fail(text('wrongUpload', JSON.stringify(line.slice(0, 60))));
        }
      };
      pump();
    })));
  }

  // ---- What is shown

  const show = {
    status(text, isBad = false) {
      delete element('status').dataset.text;
      element('status').textContent = text;
      element('status').className = isBad ? 'bad' : '';
    },

    progress(share) {
      element('progress').value = Math.min(Math.max(this.from + share * (this.to - this.from), 0), 1);
    },

    phase(text, from, to) {
      [this.from, this.to] = [from, to];
      this.status(text);
      this.progress(0);
    },

    number(id, value, unit) {
      const node = element(id);
      node.textContent = value + ' ';
      const small = document.createElement('small');
      small.textContent = unit;
      node.append(small);
    },

    rate(id, bitsPerSecond) {
      this.number(id, ...inUnits(bitsPerSecond));
    },
  };

  const inUnits = bitsPerSecond => (bitsPerSecond >= 1e9
    ? [digits(bitsPerSecond / 1e9), 'Gbit/s'] : [digits(bitsPerSecond / 1e6), 'Mbit/s']);
  const words = bitsPerSecond => inUnits(bitsPerSecond).join(' ');
  const written = number => (language.current === 'de' ? String(number).replace('.', ',') : String(number));
  const digits = value => written(value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3));

  /// The speed curve: how much went through in each quarter of a second.
  class Chart {
    constructor(seconds) {
      this.seconds = seconds;
      this.series = { down: [], up: [] };
      element('chart').hidden = false;
      this.draw();
    }

    add(name, milliseconds, bytes) {
      const points = this.series[name];
      const before = points[points.length - 1] || { t: 0, b: 0 };
      if (milliseconds - before.t < 200 || bytes < before.b) return;
      points.push({ t: milliseconds, b: bytes, rate: (bytes - before.b) * 8 / (milliseconds - before.t) / 1e3 });
      this.draw();
    }

    draw() {
      const rates = [...this.series.down, ...this.series.up].map(point => point.rate);
      const largest = Math.max(0.01, ...rates) * 1.05;
      const power = 10 ** Math.floor(Math.log10(largest / 4));
      const step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(value => value >= largest / 4);
      const top = step * Math.ceil(largest / step);
      const longest = Math.max(this.seconds,
        ...Object.values(this.series).map(points => (points.length ? points[points.length - 1].t / 1000 : 0)));
      const x = seconds => (56 + seconds / longest * 652).toFixed(1);
      const y = value => (208 - value / top * 196).toFixed(1);
      const grid = [];
      for (let value = 0; value <= top * 1.001; value += step) {
        grid.push(['path', { class: 'grid', d: `M56 ${y(value)}H708` }],
          ['text', { class: 'end', x: 48, y: y(value), dy: 4 }, written(Number(value.toPrecision(4)))]);
      }
      for (let second = 0; second <= longest; second += longest > 14 ? 5 : 1) {
        grid.push(['text', { class: 'middle', x: x(second), y: 230 }, second === 0 ? '0 s' : String(second)]);
      }
      element('grid').replaceChildren(...grid.map(([name, attributes, text]) => {
        const node = document.createElementNS('http://www.w3.org/2000/svg', name);
        for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
        if (text !== undefined) node.textContent = text;
        return node;
      }));
      for (const [name, points] of Object.entries(this.series)) {
        element(name + '-line').setAttribute('d', points.map((point, index) =>
          (index ? 'L' : 'M') + x(point.t / 1000) + ' ' + y(point.rate)).join(''));
      }
    }
  }

  /// Shows a running direction while it runs.
  async function watched(name, id, chart, connections, seconds, work) {
    const begin = performance.now();
    const look = () => {
      const elapsed = performance.now() - begin;
      const bytes = connections.reduce((sum, connection) => sum + connection.bytes, 0);
      show.progress(elapsed / (seconds * 1000));
      if (elapsed > 300) show.rate(id, bytes * 8 / (elapsed / 1000));
      chart.add(name, elapsed, bytes);
    };
    const timer = setInterval(look, 100);
    try {
      await work;
    } finally {
      clearInterval(timer);
    }
    const result = rate(connections);
    if (!result) throw new Error(text('nothing', text(id)));
    show.rate(id, result.bitsPerSecond);
    return result;
  }

  const median = values => {
    const sorted = [...values].sort((one, other) => one - other);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  };

  // ---- The whole test

  class Test {
    constructor() {
      this.connections = [];
      this.isStopped = false;
      this.wasHidden = document.hidden;
    }

    check() {
      if (this.isStopped) throw new Error(text('stopped'));
    }

    stop() {
      this.isStopped = true;
      this.close();
      if (this.terms) {
        post('resultUpdate', { uuid: this.client, test_uuid: this.terms.test_uuid, aborted: true }).catch(() => {});
      }
    }

    close() {
      for (const connection of this.connections) connection.close();
    }

    async run() {
      show.phase(text('asking'), 0, 0.02);
      const settings = await post('settings', {
        name: 'RMBTws', type: 'DESKTOP', language: navigator.language, timezone: timezone(), uuid: memory.uuid,
        terms_and_conditions_accepted: true,
      });
      this.client = memory.uuid = settings.settings[0].uuid;
      const terms = this.terms = await post('testRequest', {
        uuid: this.client, client: 'RMBTws', version: '0.9', type: 'DESKTOP', language: navigator.language,
        timezone: timezone(), time: Date.now(),
      });
      for (let wait = Number(terms.test_wait); wait > 0; wait--) {
        show.status(text('waiting', wait));
        await pause(1000);
        this.check();
      }
      const seconds = Number(terms.test_duration);
      const host = terms.test_server_address.includes(':') ? `[${terms.test_server_address}]` : terms.test_server_address;
      if (location.protocol === 'https:' && !terms.test_server_encryption) {
        throw new Error(text('noTLS'));
      }
      const url = `${terms.test_server_encryption ? 'wss' : 'ws'}://${host}:${Number(terms.test_server_port)}/rmbt`;

      show.phase(text('connecting', terms.test_server_name), 0.02, 0.04);
      const begun = Date.now();
      const begin = performance.now();
      for (let number = 0; number < Number(terms.test_numthreads); number++) this.connections.push(new Connection(url));
      await Promise.all(this.connections.map(async connection => {
        await connection.open();
        await connection.greet(terms.test_token);
      }));
      this.check();

      show.phase(text('preparingDown'), 0.04, 0.14);
      let found = await Promise.all(this.connections.map(downloadPretest));
      this.check();
      if (found.reduce((sum, result) => sum + result.chunks, 0) <= 4 * found.length) {
        // So slow that several connections would only be in one another's way.
        for (const connection of this.connections.splice(1)) connection.close();
        found = found.slice(0, 1);
      }

      show.phase(text('measuringLatency'), 0.14, 0.18);
      const pings = await ping(this.connections[0], Number(terms.test_numpings), begin);
      const latency = median(pings.map(one => one.value_server)) / 1e6;
      show.number('latency', digits(latency), 'ms');
      this.check();

      const chart = new Chart(seconds);
      show.phase(text('measuringDown'), 0.18, 0.54);
      const down = await watched('down', 'download', chart, this.connections, seconds,
        download(this.connections, seconds, found.map(result => result.size)));
      const downloaded = this.connections.map(connection => connection.tuples);
      this.check();

      show.phase(text('preparingUp'), 0.54, 0.62);
      const sizes = await Promise.all(this.connections.map(uploadPretest));
      this.check();

      show.phase(text('measuringUp'), 0.62, 0.98);
      const up = await watched('up', 'upload', chart, this.connections, seconds,
        upload(this.connections, seconds, sizes.map(result => result.size)));
      const uploaded = this.connections.map(connection => connection.tuples);
      this.check();
      this.close();

      show.phase(text('storing'), 0.98, 1);
      await this.submit({ begun, pings, down, up, downloaded, uploaded });
      show.progress(1);
      show.status(text('done', words(down.bitsPerSecond), words(up.bitsPerSecond), digits(latency)));
      element('share-link').href = `share/${terms.open_test_uuid}?lang=${language.current}`;
      element('share').hidden = false;
      element('details').textContent = text('details', terms.test_server_name, downloaded.length, pings.length)
        + (this.wasHidden ? text('hidden') : '');
      element('details').hidden = false;
    }

    submit(result) {
      const detail = (direction, lists) => lists.flatMap((list, thread) => list.map(tuple => ({
        direction, thread, time: nanoseconds(tuple.t), bytes: tuple.b,
      })));
      const total = lists => lists.reduce((sum, list) => sum + list[list.length - 1].b, 0);
      return post('result', {
        client_language: navigator.language, client_name: 'RMBTws', client_uuid: this.client, client_version: '0.9',
        client_software_version: '1', test_token: this.terms.test_token, test_uuid: this.terms.test_uuid, time: result.begun,
        timezone: timezone(), type: 'DESKTOP', platform: 'WEB', network_type: 98, test_status: '0',
        test_bytes_download: total(result.downloaded), test_bytes_upload: total(result.uploaded),
        test_nsec_download: nanoseconds(result.down.milliseconds), test_nsec_upload: nanoseconds(result.up.milliseconds),
        test_speed_download: Math.max(1, Math.round(result.down.bitsPerSecond / 1000)),
        test_speed_upload: Math.max(1, Math.round(result.up.bitsPerSecond / 1000)),
        test_ping_shortest: Math.min(...result.pings.map(one => one.value_server)),
        test_num_threads: result.downloaded.length, num_threads_ul: result.uploaded.length,
        test_port_remote: Number(this.terms.test_server_port), pings: result.pings, geoLocations: [],
        speed_detail: [...detail('download', result.downloaded), ...detail('upload', result.uploaded)],
      });
    }
  }

  // ---- What this browser measured before

  let historyRequest = 0;

  async function showHistory() {
    const request = ++historyRequest;
    const uuid = memory.uuid;
    let entries = [];
    try {
      if (uuid) entries = (await post('history', { uuid, language: language.current, result_limit: 20 })).history || [];
    } catch { /* the page is for measuring, with or without its past */ }
    // An answer that comes late must not bring back what was forgotten since, nor another language.
    if (request !== historyRequest) return;
    const cell = (content, link) => {
      const node = document.createElement('td');
      const inner = link ? document.createElement('a') : node;
      inner.textContent = content;
      if (link) { inner.href = link; node.append(inner); }
      return node;
    };
    const rows = entries.map(entry => {
      const row = document.createElement('tr');
      const when = new Date(entry.time).toLocaleString(language.current, { dateStyle: 'short', timeStyle: 'short' });
      row.append(cell(when, `share/${entry.open_test_uuid}?lang=${language.current}`),
        ...[[entry.speed_download, 'Mbit/s'], [entry.speed_upload, 'Mbit/s'], [entry.ping, 'ms']].map(([value, unit]) =>
          cell(value === undefined || value === null ? '–' : `${written(value)} ${unit}`)));
      const note = entry.unconfirmed ? text('unconfirmed') : entry.status === '2' ? text('early') : '';
      if (note) {
        const mark = document.createElement('span');
        mark.className = 'mute';
        mark.textContent = ` ${note}`;
        row.firstChild.append(mark);
      }
      return row;
    });
    element('history-rows').replaceChildren(...rows);
    element('history').hidden = rows.length === 0;
  }

  element('forget').addEventListener('click', () => { memory.uuid = undefined; showHistory(); });

  for (const node of document.querySelectorAll('[data-language]')) {
    node.addEventListener('click', () => {
      if (running) return;
      language.current = node.dataset.language;
      remembered.set('rmbt-language', language.current);
      language.apply();
      showHistory();
    });
  }

  let running = null;

  document.addEventListener('visibilitychange', () => { if (running && document.hidden) running.wasHidden = true; });

  element('start').addEventListener('click', async () => {
    if (running) { running.stop(); return; }
    const test = running = new Test();
    for (const id of ['download', 'upload', 'latency']) element(id).textContent = '–';
    for (const id of ['share', 'details', 'chart']) element(id).hidden = true;
    element('progress').hidden = false;
    element('start').textContent = text('stop');
    try {
      await test.run();
    } catch (error) {
      show.status(test.isStopped ? text('stopped') : error.message, !test.isStopped);
      test.close();
    } finally {
      running = null;
      element('progress').hidden = true;
      element('start').textContent = text('again');
      showHistory();
    }
  });

  language.apply();
  showHistory();
})();
