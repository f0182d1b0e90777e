"""An RMBT client of a few lines on plain sockets, to measure a server or another client beside it (docs/protocols/rmbt.md)."""
import base64
import hashlib
import hmac
import socket
import statistics
import threading
import time
import uuid


def token(key):
    """A token of version 1 that is good from now on."""
    content = f"{uuid.uuid4()}_{int(time.time())}"
    signature = hmac.new(key.encode(), content.encode(), hashlib.sha1).digest()
    return f"{content}_{base64.b64encode(signature).decode()}"


class Connection:
    """One classic connection that the server took, ready for a command."""

    def __init__(self, port, token="any"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        while not self.line().startswith("ACCEPT"):
            pass
        self.socket.sendall(f"TOKEN {token}\n".encode())
        if self.line() != "OK":
            raise ConnectionError("the token was not taken")
        self.ready()

    def line(self):
        while b"\n" not in self.rest:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("the server closed the connection")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def ready(self):
        while not self.line().startswith("ACCEPT"):
            pass

    def ping(self):
        """Nanoseconds of one ping, by this side's clock and by the server's."""
        began = time.perf_counter_ns()
        self.socket.send(b"PING\n")
        answer = self.socket.recv(64)
        ended = time.perf_counter_ns()
        self.socket.send(b"OK\n")
        if answer != b"PONG\n":
            raise ConnectionError(f"found {answer!r} instead of PONG")
        server = int(self.line().split()[1])
        self.ready()
        return ended - began, server

    def chunks(self, count, size):
        """All bytes of so many chunks."""
        self.socket.sendall(f"GETCHUNKS {count} {size}\n".encode())
        received = bytearray(self.rest)
        self.rest = b""
        while len(received) < count * size:
            more = self.socket.recv(1 << 20)
            if not more:
                raise ConnectionError("the server closed the connection")
            received += more
        self.socket.sendall(b"OK\n")
        self.line()
        self.ready()
        return bytes(received)

    def put(self, bits_per_second, seconds):
        """An upload of zeros at a rate; bit/s over its whole length as the server counted."""
        size = 4096
        self.socket.sendall(f"PUTNORESULT {size}\n".encode())
        if self.line() != "OK":
            raise ConnectionError("the upload was refused")
        chunk = bytes(size)
        total = int(bits_per_second * seconds / 8 / size)
        began = time.monotonic()
        for sent in range(1, total + 1):
            last = sent == total
            self.socket.sendall(chunk[:-1] + b"\xff" if last else chunk)
            ahead = began + sent * size * 8 / bits_per_second - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        nanoseconds = int(self.line().split()[1])
        self.ready()
        return total * size * 8 / (nanoseconds / 1e9)

    def close(self):
        self.socket.close()


def pings(port, count):
    """Medians in microseconds of that many pings by a bare send/recv loop: this side's and the server's."""
    connection = Connection(port)
    for _ in range(20):
        connection.ping()
    measured = [connection.ping() for _ in range(count)]
    connection.close()
    return tuple(statistics.median(column) / 1000 for column in zip(*measured))


def crowd(port, sessions, active, bits_per_second, seconds, memory):
    """So many connections, some of which upload at a rate: the worst deviation from it, and the server's memory meanwhile."""
    held = [Connection(port) for _ in range(sessions)]
    rates = []

    def upload(connection):
        rates.append(connection.put(bits_per_second, seconds))

    threads = [threading.Thread(target=upload, args=(connection,)) for connection in held[:active]]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 2)
    used = memory()
    for thread in threads:
        thread.join()
    for connection in held:
        connection.close()
    if len(rates) < active:
        raise ConnectionError(f"only {len(rates)} of {active} uploads came to their end")
    return max(abs(rate / bits_per_second - 1) for rate in rates), used
