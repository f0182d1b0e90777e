'use strict';
(() => {
  const element = id => document.getElementById(id);
  const nanoseconds = milliseconds => Math.max(0, Math.round(milliseconds * 1e6));
  const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
  const PRETEST = 2000;           // d of the specification, in milliseconds
  const TUPLE_INTERVAL = 10;      // milliseconds between two tuples of a connection that are kept
  const STEP_LIMIT = 15000;       // milliseconds for any answer of the server
  const LARGEST_CHUNK = 1 << 20;  // a browser hands over whole frames: larger ones make the curve coarse

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
      throw new Error('The control server cannot be reached. Check the connection and try again.');
    }
    if (reply.error && reply.error.length > 0) throw new Error(reply.error.join(' '));
    return reply;
  }

  const timezone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

  // A browser may forbid the page to remember anything.
  const memory = {
    get uuid() { try { return localStorage.getItem('rmbt-client') || undefined; } catch { return undefined; } },
    set uuid(value) { try { localStorage.setItem('rmbt-client', value); } catch { /* then each visit is a new client */ } },
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
        const limit = setTimeout(() => this.fail('did not answer within 15 seconds'), STEP_LIMIT);
        this.opening = reject;
        socket.onopen = () => { clearTimeout(limit); this.opening = null; resolve(); };
        socket.onmessage = event => this.received(event.data);
        socket.onclose = () => {
          clearTimeout(limit);
          this.fail(this.opening
            ? 'cannot be reached' + (this.url.startsWith('wss:')
              ? '; if its certificate is self-signed, open ' + this.url.replace(/^wss:(.*)\/rmbt$/, 'https:$1/')
                + ' once and accept it' : '')
            : 'closed the connection');
        };
      });
    }

    fail(why) {
      this.end(new Error('The server ' + this.url + ' ' + why + '.'));
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
      if (this.rest.length > 4096) { this.fail('sent a line that is too long'); return; }
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
        const timer = setTimeout(() => this.fail('did not answer in time'), limit);
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
        this.fail('answered ' + JSON.stringify(line.slice(0, 60)) + ' where ' + word + ' was due');
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
      if (!version.startsWith('RMBTv')) { this.fail('is no RMBT server'); throw this.failure; }
      await this.expect('ACCEPT');
      this.send('TOKEN ' + token);
      const verdict = await this.line(STEP_LIMIT + 20000);
      if (verdict !== 'OK') { this.fail('did not accept the permission to measure'); throw this.failure; }
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
          if (performance.now() - last > STEP_LIMIT) this.fail('stopped sending');
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
      this.end(new Error('The connection is closed.'));
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
      let [sent, isOver] = [0, false];
      let watch = null;
      const end = (settle, value) => {
        clearInterval(pumping);
        clearTimeout(watch);
        connection.onLine = connection.onFailure = null;
        settle(value);
      };
      const pump = () => {
        while (!isOver && !connection.failure && socket.bufferedAmount < room) {
          isOver = performance.now() - begin >= seconds * 1000;
          socket.send(isOver ? payload.last : payload.chunk());
          sent += payload.size;
        }
        // w1 and w2 of the specification, and time for what is still on its way.
        if (isOver && !watch) {
          watch = setTimeout(() => {
            connection.fail('did not confirm the upload');
          }, STEP_LIMIT);
        }
      };
      const pumping = setInterval(pump, 4);
      connection.onFailure = error => end(reject, error);
      connection.onLine = line => {
        const words = line.split(' ');
        if (words[0] === 'TIME' && words[2] === 'BYTES') {
          connection.keep(Number(words[1]) / 1e6, Number(words[3]));
          pump();
        } else if (words[0] === 'TIME') {
          connection.keep(Number(words[1]) / 1e6, sent, true);
          end(resolve);
        } else {
          connection.fail('answered ' + JSON.stringify(line.slice(0, 60)) + ' during the upload');
        }
      };
      pump();
    })));
  }

  // ---- What is shown

  const show = {
    status(text, isBad = false) {
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
  const digits = value => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3);

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
          ['text', { class: 'end', x: 48, y: y(value), dy: 4 }, String(Number(value.toPrecision(4)))]);
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
    if (!result) throw new Error('The ' + id + ' carried nothing that could be measured.');
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
      if (this.isStopped) throw new Error('The test was stopped and nothing was stored.');
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
      show.phase('Asking for a test …', 0, 0.02);
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
        show.status(`All places are taken: the test starts in ${wait} s.`);
        await pause(1000);
        this.check();
      }
      const seconds = Number(terms.test_duration);
      const host = terms.test_server_address.includes(':') ? `[${terms.test_server_address}]` : terms.test_server_address;
      if (location.protocol === 'https:' && !terms.test_server_encryption) {
        throw new Error('The server offers no TLS, and a page that came over HTTPS may not connect to it. Open this page over HTTP.');
      }
      const url = `${terms.test_server_encryption ? 'wss' : 'ws'}://${host}:${Number(terms.test_server_port)}/rmbt`;

      show.phase(`Connecting to ${terms.test_server_name} …`, 0.02, 0.04);
      const begun = Date.now();
      const begin = performance.now();
      for (let number = 0; number < Number(terms.test_numthreads); number++) this.connections.push(new Connection(url));
      await Promise.all(this.connections.map(async connection => {
        await connection.open();
        await connection.greet(terms.test_token);
      }));
      this.check();

      show.phase('Preparing the download …', 0.04, 0.14);
      let found = await Promise.all(this.connections.map(downloadPretest));
      this.check();
      if (found.reduce((sum, result) => sum + result.chunks, 0) <= 4 * found.length) {
        // So slow that several connections would only be in one another's way.
        for (const connection of this.connections.splice(1)) connection.close();
        found = found.slice(0, 1);
      }

      show.phase('Measuring the latency …', 0.14, 0.18);
      const pings = await ping(this.connections[0], Number(terms.test_numpings), begin);
      const latency = median(pings.map(one => one.value_server)) / 1e6;
      show.number('latency', digits(latency), 'ms');
      this.check();

      const chart = new Chart(seconds);
      show.phase('Measuring the download …', 0.18, 0.54);
      const down = await watched('down', 'download', chart, this.connections, seconds,
        download(this.connections, seconds, found.map(result => result.size)));
      const downloaded = this.connections.map(connection => connection.tuples);
      this.check();

      show.phase('Preparing the upload …', 0.54, 0.62);
      const sizes = await Promise.all(this.connections.map(uploadPretest));
      this.check();

      show.phase('Measuring the upload …', 0.62, 0.98);
      const up = await watched('up', 'upload', chart, this.connections, seconds,
        upload(this.connections, seconds, sizes.map(result => result.size)));
      const uploaded = this.connections.map(connection => connection.tuples);
      this.check();
      this.close();

      show.phase('Storing the result …', 0.98, 1);
      await this.submit({ begun, pings, down, up, downloaded, uploaded });
      show.progress(1);
      show.status(`Done: download ${words(down.bitsPerSecond)}, upload ${words(up.bitsPerSecond)}, latency ${digits(latency)} ms.`);
      element('share-link').href = 'share/' + terms.open_test_uuid;
      element('share').hidden = false;
      const hidden = this.wasHidden
        ? ' The page was in the background for a while, where browsers slow it down: the rates may be too low.' : '';
      element('details').textContent = `Server ${terms.test_server_name}, ${downloaded.length} connection`
        + `${downloaded.length === 1 ? '' : 's'}, ${pings.length} pings.${hidden}`;
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

  let running = null;

  document.addEventListener('visibilitychange', () => { if (running && document.hidden) running.wasHidden = true; });

  element('start').addEventListener('click', async () => {
    if (running) { running.stop(); return; }
    const test = running = new Test();
    for (const id of ['download', 'upload', 'latency']) element(id).textContent = '–';
    for (const id of ['share', 'details', 'chart']) element(id).hidden = true;
    element('progress').hidden = false;
    element('start').textContent = 'Stop';
    try {
      await test.run();
    } catch (error) {
      show.status(test.isStopped ? 'The test was stopped and nothing was stored.' : error.message, !test.isStopped);
      test.close();
    } finally {
      running = null;
      element('progress').hidden = true;
      element('start').textContent = 'Start again';
    }
  });
})();
