#!/usr/bin/env python3
"""abrupt_clients.py PROBE [COUNT]: what a server of RMBT keeps of clients that go away without a farewell.

For each way in, COUNT clients (16000 by default) from addresses all over 127.0.0.0/8 connect to a `probe serve rmbt` on loopback, come
as far as the greeting, and reset the connection; with `chunks` they ask for a download first and leave in the middle of it. The memory of
the server is printed before, after each quarter, and at the end. Exits with 1 when the server has grown by more than 64 MB, or
holds connections that are gone. Bounded: at most eight clients at a time, and each run ends by itself."""
import os
import random
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading

MOST_GROWTH = 64
WORKERS = 8
WAYS = ("plain", "tls", "http", "http-tls", "plain chunks", "tls chunks")
UPGRADE = b"GET /rmbt HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: RMBT\r\n\r\n"

trusting = ssl.create_default_context()
trusting.check_hostname = False
trusting.verify_mode = ssl.CERT_NONE


def serve(probe):
    options = [f"--listen{way}=127.0.0.1:0" for way in ("", "-tls", "-http", "-http-tls")]
    server = subprocess.Popen([probe, "serve", "rmbt", "--no-token", *options], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    ports = []
    while len(ports) < len(options):
        line = server.stderr.readline()
        if not line:
            sys.exit("FAILED: the server did not start")
        ports += [int(port) for port in re.findall(r"listening on \S*?:(\d+)", line)]
    threading.Thread(target=server.stderr.read, daemon=True).start()
    return server, dict(zip(("plain", "tls", "http", "http-tls"), ports))


def memory(server):
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def visit(port, way):
    """Returns the error that kept a client from coming as far as it was to."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.settimeout(10)
    try:
        peer.bind((f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}", 0))
        peer.connect(("127.0.0.1", port))
        if "tls" in way:
            peer = trusting.wrap_socket(peer)
        if "http" in way:
            peer.sendall(UPGRADE)
        peer.recv(1000)
        if "chunks" in way:
            peer.sendall(b"TOKEN t\n")
            peer.recv(1000)
            peer.sendall(b"GETTIME 10 65536\n")
            peer.recv(10000)
    except OSError as error:
        return repr(error)
    finally:
        # Without TLS's farewell.
        os.close(peer.detach())
    return None


def visits(port, way, count):
    errors, numbers, lock = set(), iter(range(count)), threading.Lock()

    def work():
        while True:
            with lock:
                if next(numbers, None) is None:
                    return
            if error := visit(port, way):
                errors.add(error)

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return errors


def main():
    probe, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 16000
    failures = []
    for way in WAYS:
        server, ports = serve(probe)
        try:
            before, seen, errors = memory(server), [], set()
            for _ in range(4):
                errors |= visits(ports[way.split()[0]], way, count // 4)
                seen.append(memory(server))
            held = len(os.listdir(f"/proc/{server.pid}/fd"))
        finally:
            server.kill()
            server.wait()
        grown = seen[-1] - before
        is_bounded = grown <= MOST_GROWTH and held < 100
        print(f"{'ok    ' if is_bounded else 'FAILED'} {way}: {before:.0f} MB, then {', '.join(f'{one:.0f}' for one in seen)} MB after "
              f"{count} clients; {held} descriptors {sorted(errors)[:2] if errors else ''}", flush=True)
        if not is_bounded:
            failures.append(way)
    if failures:
        sys.exit(f"{len(failures)} failed: " + "; ".join(failures))


main()
