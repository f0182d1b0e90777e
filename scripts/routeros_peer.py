#!/usr/bin/env python3
"""A RouterOS bandwidth test's two sides, as docs/protocols/btest.md (What live RouterOS does) has them, without a login.

As a client: routeros_peer.py client HOST PORT [--direction transmit|receive|both] [--connections N] [--seconds S]
As a server: routeros_peer.py server PORT [--statuses high|low|odd|none|lossy] [--answers-joins] [--no-token] [--lose-join N] [--other-port]

The client counts every byte that comes as data, as RouterOS does, and prints one line of JSON. transmit, receive and both are RouterOS's
words: transmit is what the client sends. It drops what it receives in the kernel and sends one buffer again and again, so that it is no
bottleneck. The server serves until it is killed, and prints one line of JSON for each test."""
import argparse
import ctypes
import errno
import json
import select
import socket
import struct
import threading
import time

HELLO = b"\1\0\0\0"
PIECE = bytes(1 << 18)


def exactly(connection, count):
    """Reads so many bytes; fewer at the stream's end."""
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            break
        data += more
    return data


class Client:
    """RouterOS's /tool/bandwidth-test over TCP."""

    def __init__(self, host, port, direction, connections, seconds):
        self.address, self.connections, self.seconds = (host, port), connections, seconds
        # As the server sees it.
        self.direction = {"transmit": 1, "receive": 2, "both": 3}[direction]
        self.lock = threading.Lock()
        self.counted = {"received": 0, "sent": 0}
        self.first_bytes = []
        self.told = 0

    def open(self):
        first = socket.create_connection(self.address, 5)
        if exactly(first, 4) != HELLO:
            raise SystemExit("no hello")
        count = self.connections if self.connections > 1 else 0
        first.sendall(struct.pack("<BBBBHHII", 1, self.direction, 1, count, 32768, 0, 0, 0))
        answer = exactly(first, 4)
        if not count:
            if answer != HELLO:
                raise SystemExit("refused")
            return [first]
        if len(answer) < 4 or answer[0] != 1 or answer[1:3] == b"\0\0":
            raise SystemExit("test unsupported")
        sockets = [first] + [socket.create_connection(self.address, 5) for _ in range(count - 1)]
        for connection in sockets[1:]:
            if exactly(connection, 4) != HELLO:
                raise SystemExit("no hello on a join")
            connection.sendall(answer[1:3] + b"\2" + bytes(13))
        return sockets

    def run(self):
        sockets = self.open()
        for connection in sockets:
            connection.setblocking(False)
        began = time.monotonic()
        self.end = began + self.seconds
        self.first_at = self.last_at = None
        workers = []
        halves = [sockets[0::2], sockets[1::2]]
        for part in filter(None, halves):
            if self.direction & 2:
                workers.append(threading.Thread(target=self.receive, args=(part,)))
            if self.direction & 1:
                workers.append(threading.Thread(target=self.send, args=(part,)))
        if self.direction == 1:
            workers.append(threading.Thread(target=self.listen, args=(sockets,)))
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        took = (self.last_at or time.monotonic()) - (self.first_at or began)
        for connection in sockets:
            connection.close()
        return {"connections": len(sockets), "received": self.counted["received"], "sent": self.counted["sent"],
                "seconds": took, "told_by_the_server": self.told, "stray_beginnings": self.first_bytes}

    def note(self, what, count):
        now = time.monotonic()
        with self.lock:
            self.counted[what] += count
            self.first_at, self.last_at = self.first_at or now, now

    def receive(self, sockets):
        poll = select.poll()
        by_number = {s.fileno(): s for s in sockets}
        fresh = set(by_number)
        for number in by_number:
            poll.register(number, select.POLLIN)
        while (left := self.end - time.monotonic()) > 0 and by_number:
            for number, _ in poll.poll(left * 1000):
                connection = by_number[number]
                try:
                    if number in fresh:
                        # Data is zeros, and nothing stands before it.
                        fresh.discard(number)
                        beginning = connection.recv(4)
                        if beginning and any(beginning):
                            self.first_bytes.append(beginning.hex())
                        count = len(beginning)
                    else:
                        count = truncated(connection)
                except BlockingIOError:
                    continue
                except OSError:
                    count = 0
                if count == 0:
                    poll.unregister(number)
                    del by_number[number]
                else:
                    self.note("received", count)

    def send(self, sockets):
        poll = select.poll()
        by_number = {s.fileno(): s for s in sockets}
        for number in by_number:
            poll.register(number, select.POLLOUT)
        while (left := self.end - time.monotonic()) > 0 and by_number:
            for number, _ in poll.poll(left * 1000):
                try:
                    self.note("sent", by_number[number].send(PIECE, socket.MSG_DONTWAIT))
                except BlockingIOError:
                    continue
                except OSError:
                    poll.unregister(number)
                    del by_number[number]

    def listen(self, sockets):
        """Statuses of an upload: the first connection tells the sum of all."""
        numbers = {s.fileno(): [index, s, b""] for index, s in enumerate(sockets)}
        poll = select.poll()
        for number in numbers:
            poll.register(number, select.POLLIN)
        while (left := self.end - time.monotonic()) > 0:
            for number, _ in poll.poll(left * 1000):
                entry = numbers[number]
                try:
                    data = entry[1].recv(4096)
                except OSError:
                    data = b""
                if not data:
                    poll.unregister(number)
                    continue
                if entry[0]:
                    self.first_bytes.append(data[:12].hex())
                    continue
                entry[2] += data
                while len(entry[2]) >= 12:
                    status, entry[2] = entry[2][:12], entry[2][12:]
                    if status[0] != 7:
                        self.first_bytes.append(status.hex())
                    self.told += struct.unpack("<I", status[8:])[0]


library = ctypes.CDLL(None, use_errno=True)
library.recv.restype = ctypes.c_ssize_t
library.recv.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def truncated(connection):
    """Drops what has come inside the kernel, and says how much it was."""
    count = library.recv(connection.fileno(), None, 1 << 22, socket.MSG_TRUNC | socket.MSG_DONTWAIT)
    if count >= 0:
        return count
    error = ctypes.get_errno()
    raise BlockingIOError if error == errno.EAGAIN else OSError(error, "recv")


class Server:
    """RouterOS's /tool/bandwidth-server, without a login."""

    def __init__(self, options):
        self.options = options
        self.tests = {}
        self.lock = threading.Lock()
        self.token = 0x0742
        self.udp_port = options.port + 1

    def run(self):
        listener = socket.create_server((self.options.host, self.options.port), backlog=128)
        while True:
            connection, peer = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.guarded, args=(connection, peer), daemon=True).start()

    def guarded(self, connection, peer):
        try:
            self.serve(connection, peer)
        except OSError:
            connection.close()

    def serve(self, connection, peer):
        connection.sendall(HELLO)
        command = exactly(connection, 16)
        if len(command) < 16:
            return connection.close()
        if command[2] == 2 and not any(command[3:]):
            return self.join(connection, command[0] << 8 | command[1])
        count = command[3]
        if command[0] == 0:
            return self.datagrams(connection, peer, command)
        test = {"command": command, "sockets": [connection], "count": max(count, 1), "all": threading.Event(), "joins": 0}
        if count and not self.options.no_token:
            with self.lock:
                self.token += 1
                test["token"] = self.token
                self.tests[self.token] = test
            connection.sendall(b"\1" + struct.pack(">H", test["token"]) + b"\0")
            # Nothing is sent on any connection until all have joined.
            test["all"].wait(10)
            with self.lock:
                self.tests.pop(test["token"], None)
        else:
            connection.sendall(HELLO)
        self.stream(test)

    def join(self, connection, token):
        with self.lock:
            test = self.tests.get(token)
            if test:
                test["joins"] += 1
            if not test or test["joins"] == self.options.lose_join:
                return connection.close()
            if self.options.answers_joins:
                connection.sendall(b"\1" + struct.pack(">H", token)[:1])
                time.sleep(0.02)
                connection.sendall(struct.pack(">H", token)[1:] + b"\0")
            test["sockets"].append(connection)
            if len(test["sockets"]) == test["count"]:
                test["all"].set()

    def status(self, sequence, count):
        form = self.options.statuses
        load, odd = {"high": (0x80 | 30, 0), "low": (30, 0), "odd": (30, 0xBEEF)}.get(form, (0x80 | 30, 0))
        return struct.pack("<BBHII", 7, load, odd, sequence, count & 0xFFFFFFFF)

    def stream(self, test):
        command, sockets = test["command"], test["sockets"]
        received = [0] * len(sockets)
        sent = [0] * len(sockets)
        over = threading.Event()
        limit = struct.unpack("<I", command[8:12])[0] / 8 / len(sockets)
        began = time.monotonic()

        def receive(index):
            try:
                while not over.is_set():
                    count = len(sockets[index].recv(1 << 18))
                    if not count:
                        break
                    received[index] += count
            except OSError:
                pass
            over.set()

        def send(index):
            sequence, due, told = 0, began + 1, 0
            try:
                while not over.is_set():
                    now = time.monotonic()
                    if command[1] & 1 and now >= due and self.options.statuses != "none":
                        due += 1
                        count = 0
                        if self.options.statuses == "lossy":
                            # One counter for all, of which each stream's status tells what the others left.
                            count = (sum(received) - told) // (8 * len(sockets))
                        elif index == 0:
                            count = sum(received) - told
                        told = sum(received)
                        if index == 0 or self.options.statuses == "lossy":
                            sequence += 1
                            sockets[index].sendall(self.status(sequence, count))
                    if command[1] & 2 and (not limit or sent[index] < limit * (now - began)):
                        sockets[index].sendall(PIECE[:32768])
                        sent[index] += 32768
                    else:
                        time.sleep(0.002)
            except OSError:
                over.set()

        threads = [threading.Thread(target=f, args=(i,)) for i in range(len(sockets)) for f in (receive, send)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for connection in sockets:
            connection.close()
        print(json.dumps({"connections": len(sockets), "received": sum(received), "sent": sum(sent),
                          "seconds": time.monotonic() - began}), flush=True)

    def datagrams(self, connection, peer, command):
        port, self.udp_port = self.udp_port, self.udp_port + 1
        data = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        data.bind((self.options.host, port))
        # It may send from another port than the one that it names.
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if self.options.other_port else data
        if self.options.other_port:
            sender.bind((self.options.host, 0))
        data.settimeout(0.1)
        connection.sendall(HELLO + struct.pack(">H", port))
        size = struct.unpack("<H", command[4:6])[0] - 28
        speed = struct.unpack("<I", command[8:12])[0] or 50_000_000
        over = threading.Event()
        counted = [0, 0]
        began = time.monotonic()

        def receive():
            while not over.is_set():
                try:
                    count = len(data.recvfrom(1 << 16)[0])
                    counted[0] += count + 28 if count >= 4 else 0
                except OSError:
                    pass

        def send():
            time.sleep(0.05)
            index = 0
            flows = max(command[3], 1)
            while not over.is_set():
                if counted[1] * 8 < speed * (time.monotonic() - began):
                    # RouterOS's kernel numbers from index + 2.
                    for flow in range(flows):
                        sender.sendto(struct.pack(">I", index + 2) + bytes(size - 4), (peer[0], port + 256 + flow))
                        counted[1] += size + 28
                    index += 1
                else:
                    time.sleep(0.001)

        def tell():
            sequence, told = 0, 0
            while not over.wait(1):
                sequence += 1
                count, told = counted[0] - told, counted[0]
                if self.options.statuses != "none":
                    try:
                        connection.sendall(self.status(sequence, count))
                    except OSError:
                        return

        jobs = [receive, tell] + ([send] if command[1] & 2 else [])
        threads = [threading.Thread(target=job, daemon=True) for job in jobs]
        for thread in threads:
            thread.start()
        while connection.recv(4096):
            pass
        over.set()
        print(json.dumps({"udp": True, "received": counted[0], "sent": counted[1], "seconds": time.monotonic() - began}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    roles = parser.add_subparsers(dest="role", required=True)
    client = roles.add_parser("client")
    client.add_argument("host")
    client.add_argument("port", type=int)
    client.add_argument("--direction", default="receive", choices=["transmit", "receive", "both"])
    client.add_argument("--connections", type=int, default=20)
    client.add_argument("--seconds", type=float, default=3)
    server = roles.add_parser("server")
    server.add_argument("port", type=int)
    server.add_argument("--host", default="127.0.0.1")
    server.add_argument("--statuses", default="high", choices=["high", "low", "odd", "none", "lossy"])
    server.add_argument("--answers-joins", action="store_true")
    server.add_argument("--no-token", action="store_true")
    server.add_argument("--lose-join", type=int, default=0)
    server.add_argument("--other-port", action="store_true")
    options = parser.parse_args()
    if options.role == "client":
        print(json.dumps(Client(options.host, options.port, options.direction, options.connections, options.seconds).run()))
    else:
        Server(options).run()


if __name__ == "__main__":
    main()
