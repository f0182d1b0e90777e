#!/usr/bin/env python3
"""btest_peer.py PROBE [COUNT]: what many slow sessions cost a btest server, in each direction, over TCP and over UDP.

One process plays all clients and looks at its sockets 50 times a second, so that it leaves the machine to the server
(docs/protocols/btest.md)."""
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
TURN = 0.02
DISCARD = bytearray(1 << 20)
ZEROS = bytes(1 << 20)


def command(udp, upload, rate):
    """The 16 bytes that ask for a test with one connection and zeros."""
    speeds = (0, rate) if upload else (rate, 0)
    return struct.pack("<BBBBHHII", 0 if udp else 1, 1 if upload else 2, 1, 0, 1500 if udp else 32768, 0, *speeds)


class Session:
    """One client's test."""

    def __init__(self, port, udp, upload, rate):
        self.control = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.expect(b"\x01\x00\x00\x00")
        self.control.sendall(command(udp, upload, rate))
        self.expect(b"\x01\x00\x00\x00")
        self.data, self.upload, self.rate = self.control, upload, rate
        self.sent = self.received = self.reported = self.sequence = 0
        self.statuses = b""
        if udp:
            server = struct.unpack(">H", self.control.recv(2, socket.MSG_WAITALL))[0]
            self.data = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.data.bind(("127.0.0.1", server + 256))
            self.data.connect(("127.0.0.1", server))
        self.udp = udp
        self.control.setblocking(False)
        self.data.setblocking(False)
        self.began = time.monotonic()

    def expect(self, answer):
        got = self.control.recv(4, socket.MSG_WAITALL)
        if got != answer:
            raise ConnectionError(f"the server answered {got!r}")

    def turn(self, now):
        """Sends what is due, or takes what has come."""
        if self.upload:
            due = int(self.rate / 8 * (now - self.began)) - self.sent
            while due > 0:
                try:
                    if self.udp:
                        self.sequence += 1
                        self.data.send(struct.pack(">I", self.sequence) + ZEROS[:1468])
                        self.sent, due = self.sent + 1500, due - 1500
                    else:
                        sent = self.data.send(memoryview(ZEROS)[:due])
                        self.sent, due = self.sent + sent, due - sent
                except BlockingIOError:
                    break
            self.read_statuses()
            return
        while True:
            try:
                count = self.data.recv_into(DISCARD)
            except BlockingIOError:
                return
            if count == 0:
                raise ConnectionError("the server closed a connection")
            self.received += count + (28 if self.udp else 0)
            if not self.udp and count < len(DISCARD):
                return

    def read_statuses(self):
        try:
            self.statuses += self.control.recv(4096)
        except BlockingIOError:
            return
        while len(self.statuses) >= 12:
            self.reported += struct.unpack("<I", self.statuses[8:12])[0]
            self.received += 1
            self.statuses = self.statuses[12:]

    def deviation(self, seconds):
        """How far off the rate is: of an upload as the server reports it, of whole seconds."""
        if self.upload:
            # Over UDP a status counts payload alone.
            expected = self.rate / 8 * max(self.received, 1) * (1472 / 1500 if self.udp else 1)
            return self.reported / expected - 1
        return self.received * 8 / seconds / self.rate - 1


def threads(pid):
    names = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            name = open(f"/proc/{pid}/task/{task}/comm").read().strip()
        except FileNotFoundError:
            continue
        names[name] = names.get(name, 0) + 1
    return names


def memory_of(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) / 1000


def cpu_of(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def crowd(port, pid, count=200, rate=5_000_000, seconds=8, upload=False, udp=False):
    """So many sessions at a rate. The worst deviation from it, the server's CPU seconds for each second, its threads by name and its memory
    in MB in the middle, and the CPU seconds of this process for each second, which must stay below one."""
    sessions = [Session(port, udp, upload, rate) for _ in range(count)]
    for session in sessions:
        session.began = time.monotonic()
    began, before, own = time.monotonic(), cpu_of(pid), time.process_time()
    middle, names, memory = began + seconds / 2, {}, 0
    next_turn = began
    while (now := time.monotonic()) < began + seconds:
        for session in sessions:
            session.turn(time.monotonic())
        if not names and now > middle:
            names, memory = threads(pid), memory_of(pid)
        next_turn = max(next_turn + TURN, time.monotonic())
        time.sleep(max(next_turn - time.monotonic(), 0))
    ended = time.monotonic()
    span = ended - began
    cpu, own = (cpu_of(pid) - before) / span, (time.process_time() - own) / span
    worst = max((session.deviation(ended - session.began) for session in sessions), key=abs)
    for session in sessions:
        session.control.close()
        session.data.close()
    return worst, cpu, names, memory, own


def main():
    probe, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    server = subprocess.Popen([probe, "serve", "btest", "--listen", "127.0.0.1:0", "--no-auth", "--max-sessions", "300"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        while not (found := re.search(r"listening on \S*:(\d+)", server.stderr.readline())):
            pass
        threading.Thread(target=server.stderr.read, daemon=True).start()
        for udp in (False, True):
            for upload in (False, True):
                sessions = min(count, 100) if udp else count
                worst, cpu, names, memory, own = crowd(int(found.group(1)), server.pid, sessions, upload=upload, udp=udp)
                print(f"{sessions} sessions at 5 Mbit/s, {'UDP' if udp else 'TCP'} {'upload' if upload else 'download'}: "
                      f"at most {100 * worst:.2f} % off, {cpu:.3f} CPU s a second, {sum(names.values())} threads "
                      f"({', '.join(f'{number} {name}' for name, number in sorted(names.items()))}), {memory:.1f} MB; this client {own:.2f}")
                time.sleep(1)
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main()
