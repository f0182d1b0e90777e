#!/usr/bin/env python3
"""namespace_test.py PROBE [WORD…]: btest and RMBT over links of 50 Mbit/s between network namespaces of its own, and RMBT over slow,
long lines (1 to 0.2 Mbit/s with a round trip of 300 ms, with a short queue and with one of five seconds).

Every mode and transport has to measure what the link carries, within 3 %; a limit of 10 Mbit/s has to be kept within 1 %; UDP
has to find its way through a NAT that changes ports; and a server that is killed or a link that is cut must end a test in time. On the slow
lines no test may fail; each direction of a plain test has to be within 3 % of what the line carried in its time, in order and once, and of every test
within 12 % of the line's rate, or 25 % with a short queue, which costs TCP as much. Needs root, `ip` and tbf, for slow lines /dev/net/tun; what
is missing is printed and skipped. With WORDs only cases whose name has one of them run. Exits with 1 when a check
fails."""
import collections
import concurrent.futures
import fcntl
import itertools
import json
import os
import queue
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

LINK = 50e6
SECONDS = 4
# tbf counts frames with their Ethernet header, 1514 bytes of a full packet. A packet of many segments (TSO, UDP_SEGMENT) counts
# as its segments would: the kernel adds their headers to its length (qdisc_pkt_len_init), and tbf cuts up what is larger than its
# burst (tbf_segment). UDP's rate has the IP and UDP headers in it; TCP's is payload, with time stamps 52 or 72 bytes below 1500.
CARRIED = {("udp", 4): 1500 / 1514, ("udp", 6): 1500 / 1514, ("tcp", 4): 1448 / 1514, ("tcp", 6): 1428 / 1514}
DIRECTIONS = {"down": ("-r",), "up": ("-t",), "both": ("-t", "-r")}
# Tests at once, each on a link of its own: 50 Mbit/s both ways is little, and the two cores may be busy.
LINKS = 4

probe = os.path.abspath(sys.argv[1])
words = sys.argv[2:]
prefix = f"fp{os.getpid()}"
namespaces, servers = [], []
failures = []
output = threading.Lock()


def say(line):
    with output:
        print(line, flush=True)


def command(*arguments, check=True, text=None):
    return subprocess.run(arguments, check=check, capture_output=True, text=True, input=text)


def inside(namespace, *arguments, **options):
    return command("ip", "netns", "exec", namespace, *arguments, **options)


def namespace(name):
    full = f"{prefix}{name}"
    command("ip", "netns", "add", full)
    namespaces.append(full)
    inside(full, "ip", "link", "set", "lo", "up")
    return full


def join(left, right, left_addresses, right_addresses):
    """A veth pair, called `near` at the left and `far` at the right end."""
    command("ip", "link", "add", "near", "netns", left, "type", "veth", "peer", "name", "far", "netns", right)
    for end, name, addresses in ((left, "near", left_addresses), (right, "far", right_addresses)):
        for address in addresses:
            inside(end, "ip", "address", "add", address, "dev", name, *(["nodad"] if ":" in address else []))
        inside(end, "ip", "link", "set", name, "up")


def limit(namespace, device):
    inside(namespace, "tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", f"{LINK / 1e6:.0f}mbit", "burst", "32k",
           "latency", "50ms")


def serve(namespace, *options):
    options = options or ("btest", "--no-auth", "--listen", "[::]:2000")
    server = subprocess.Popen(
        ["ip", "netns", "exec", namespace, probe, "serve", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    servers.append(server)
    for _ in [option for option in options if option.startswith("--listen")]:
        while "listening on" not in (line := server.stderr.readline()):
            if not line:
                sys.exit("FAILED: the server did not start")
    threading.Thread(target=server.stderr.read, daemon=True).start()
    return server


class Link:
    """Client and server in two namespaces, 50 Mbit/s each way between them."""
    hosts = {4: "10.97.0.2", 6: "fd97::2"}

    def __init__(self, name):
        self.client, self.server = namespace(f"c{name}"), namespace(f"s{name}")
        join(self.client, self.server, ["10.97.0.1/24", "fd97::1/64"], ["10.97.0.2/24", "fd97::2/64"])
        limit(self.client, "near")
        limit(self.server, "far")
        self.process = serve(self.server)


class WithoutIPv6:
    """Two machines that know IPv4 alone, on which a server is still asked to listen on every address."""
    hosts = {4: "10.97.0.2"}

    def __init__(self, name):
        self.client, server = namespace(f"c{name}"), namespace(f"s{name}")
        for each in (self.client, server):
            inside(each, "sh", "-c", "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done")
        join(self.client, server, ["10.97.0.1/24"], ["10.97.0.2/24"])
        self.process = serve(server)


class Translated:
    """A client behind a router that translates its address and changes every source port."""
    hosts = {4: "10.98.0.2"}

    def __init__(self, name):
        self.client, router, server = namespace(f"c{name}"), namespace(f"r{name}"), namespace(f"s{name}")
        join(self.client, router, ["10.97.0.1/24"], ["10.97.0.2/24"])
        join(router, server, ["10.98.0.1/24"], ["10.98.0.2/24"])
        inside(self.client, "ip", "route", "add", "default", "via", "10.97.0.2")
        inside(router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        rules = ("table ip nat {\n chain post {\n  type nat hook postrouting priority 100;\n"
                 '  oifname "near" masquerade random,fully-random\n }\n}\n')
        if not (shutil.which("nft") and inside(router, "nft", "-f", "-", check=False, text=rules).returncode == 0):
            inside(router, "iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "near", "-j", "MASQUERADE", "--random-fully")
        self.process = serve(server)


class StreamWitness:
    """What a line has carried of each TCP connection to RMBT's plain port, in order and once, by the time at which it came out of it."""
    port = 5005

    def __init__(self):
        self.next, self.waiting, self.carried = {}, collections.defaultdict(dict), collections.defaultdict(list)
        # When a direction's command entered the line and when it left it.
        self.commands = collections.defaultdict(list)

    @staticmethod
    def segment(packet):
        """(way, client's port, sequence number, payload, whether it opens the connection); None for what is no segment of RMBT's."""
        if len(packet) < 40 or packet[0] >> 4 != 4 or packet[9] != 6:
            return None
        head = (packet[0] & 15) * 4
        source, destination, sequence = struct.unpack_from("!HHI", packet, head)
        if StreamWitness.port not in (source, destination):
            return None
        payload = packet[head + (packet[head + 12] >> 4) * 4:]
        way = int(source == StreamWitness.port)
        return way, destination if way else source, sequence, payload, bool(packet[head + 13] & 2)

    def came_out(self, packet, entered, now):
        found = self.segment(packet)
        if not found:
            return
        way, client, sequence, payload, opens = found
        stream = (way, client)
        if opens:
            self.next[stream], self.waiting[stream] = (sequence + 1) % 2**32, {}
        if not payload or stream not in self.next:
            return
        # A command that was sent again, perhaps behind an OK before it, counts when it first came out.
        command_word = re.search(rb"^(GETTIME|PUT)[ \n]", payload, re.M) if way == 0 and len(payload) < 64 else None
        if command_word and all(client != other for other, _, _ in self.commands[command_word[1]]):
            self.commands[command_word[1]].append((client, entered, now))
        if (sequence - self.next[stream]) % 2**32 < 2**31:
            self.waiting[stream][sequence] = len(payload)
        elif (sequence + len(payload) - self.next[stream]) % 2**32 < 2**31:
            overlap = (self.next[stream] - sequence) % 2**32
            self.waiting[stream][self.next[stream]] = len(payload) - overlap
        while (length := self.waiting[stream].pop(self.next[stream], None)) is not None:
            self.next[stream] = (self.next[stream] + length) % 2**32
            self.carried[stream].append((now, length))

    def rate(self, direction, seconds):
        """In bit/s over so many seconds: of a download since the client commanded it, of an upload since the server heard of it."""
        commands = self.commands[b"GETTIME" if direction == "download" else b"PUT"]
        began = min(entered if direction == "download" else left for _, entered, left in commands)
        way = int(direction == "download")
        return sum(length for client, _, _ in commands for instant, length in list(self.carried[way, client])
                   if began < instant <= began + seconds) * 8 / seconds


class SlowLine:
    """A line of `rate` bit/s with `delay` seconds and a queue of `queue` seconds each way, between two namespaces.

    Not every kernel has netem, so a thread carries the packets between two TUN devices: at some hundred packets a second Python does
    that to the millisecond."""
    hosts = {4: "10.97.0.2"}

    def __init__(self, name, rate, delay, queue):
        self.rate, self.delay, self.queue = rate, delay, queue
        self.free, self.under_way = [0.0, 0.0], [collections.deque(), collections.deque()]
        self.client, self.server = namespace(f"c{name}"), namespace(f"s{name}")
        self.ends, self.witness = [], StreamWitness()
        for end, address in ((self.client, "10.97.0.1/24"), (self.server, "10.97.0.2/24")):
            device = f"{prefix}{len(self.ends)}{name}"[:15]
            self.ends.append(os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK))
            # TUNSETIFF with IFF_TUN | IFF_NO_PI.
            fcntl.ioctl(self.ends[-1], 0x400454CA, struct.pack("16sH22x", device.encode(), 0x1001))
            command("ip", "link", "set", device, "netns", end)
            inside(end, "ip", "address", "add", address, "dev", device)
            inside(end, "ip", "link", "set", device, "mtu", "1500", "up")
        threading.Thread(target=self.carry, daemon=True).start()

    def carry(self):
        while True:
            due = [way[0][0] for way in self.under_way if way]
            wait = max(0.0, min([0.2, *(instant - time.monotonic() for instant in due)]))
            for descriptor in select.select(self.ends, [], [], wait)[0]:
                self.take(self.ends.index(descriptor), descriptor)
            for way, deque in enumerate(self.under_way):
                while deque and deque[0][0] <= time.monotonic():
                    _, packet, entered = deque.popleft()
                    try:
                        os.write(self.ends[1 - way], packet)
                    except OSError:
                        continue  # The far device is gone.
                    self.witness.came_out(packet, entered, time.monotonic())

    def take(self, way, descriptor):
        try:
            packet = os.read(descriptor, 2048)
        except OSError:
            return
        now = time.monotonic()
        begin = max(now, self.free[way])
        # The queue is full: it is lost.
        if begin - now > self.queue:
            return
        # 14 bytes as on an Ethernet, so that what a line carries is counted as elsewhere here.
        self.free[way] = begin + (len(packet) + 14) * 8 / self.rate
        self.under_way[way].append((self.free[way] + self.delay, packet, now))


def client(link, *options, family=4, seconds=SECONDS):
    return ["ip", "netns", "exec", link.client, probe, "btest", link.hosts[family], "-d", str(seconds), "--format", "json", "-q",
            *options]


def run(link, *options, **rest):
    ended = subprocess.run(client(link, *options, **rest), capture_output=True, text=True, timeout=60)
    return json.loads(ended.stdout)[0]


class Report:
    """The checks of one case, told on one line."""

    def __init__(self, name):
        self.name, self.facts, self.wrong = name, [], []

    def check(self, holds, fact):
        (self.facts if holds else self.wrong).append(fact)

    def rate(self, answer, direction, expected, tolerance):
        rate = (answer[direction] or {}).get("bits_per_second") or 0
        deviation = rate / expected - 1
        self.check(abs(deviation) <= tolerance, f"{direction} {rate / 1e6:.2f} Mbit/s ({deviation * 100:+.1f} %)")

    def measured(self, answer, directions, expected, tolerance):
        if answer["outcome"] != "measured":
            self.check(False, (answer["failure"] or {}).get("message", answer["outcome"]))
        for direction in directions:
            self.rate(answer, direction, expected, tolerance)

    def tell(self, word):
        say(f"{word if self.wrong else 'ok    '} {self.name}: {', '.join(self.wrong + self.facts)}")


def ways(options):
    return [name for option, name in (("-r", "download"), ("-t", "upload")) if option in options]


def payload_sent(namespace, device):
    """Bytes of TCP payload that have left a link's queue for the wire: 66 of each frame are headers."""
    counted = re.search(r"Sent (\d+) bytes (\d+) pkt", inside(namespace, "tc", "-s", "qdisc", "show", "dev", device).stdout)
    return int(counted.group(1)) - 66 * int(counted.group(2))


def agrees_with_the_link(connections):
    """Both ways at once TCP's acknowledgements share the link with the data, and its windows decide how full the link is (iperf3
    --bidir is as far below 50 Mbit/s), so what the link counts is what the test has to say."""
    def case(link, report):
        ends = {"upload": (link.client, "near"), "download": (link.server, "far")}
        before = {way: payload_sent(*end) for way, end in ends.items()}
        answer = run(link, "-t", "-r", "-c", str(connections), seconds=2 * SECONDS)
        for way, end in ends.items():
            report.measured(answer, [way], (payload_sent(*end) - before[way]) * 8 / (2 * SECONDS), 0.03)
            if answer[way]["bits_per_second"] < 0.6 * LINK:
                report.check(False, f"{way} fills less than 60 % of the link")
    return f"tcp both IPv4 with {connections}, beside the link's counters", case


def measures_the_link(transport, direction, connections, family):
    def case(link, report):
        options = [*DIRECTIONS[direction], "-c", str(connections), *(["-u"] if transport == "udp" else [])]
        answer = run(link, *options, family=family)
        report.measured(answer, ways(options), LINK * CARRIED[transport, family], 0.03)
    return f"{transport} {direction} IPv{family} with {connections}", case


def measures_the_link_by_rmbt(name, *options):
    """Downloads and uploads one after the other: TLS adds 22 bytes to 16 KiB, WebSocket less."""
    def case(link, report):
        serve(link.server, "rmbt", "--no-token", "--listen", "[::]:5005", "--listen-tls", "[::]:5006", "--listen-http", "[::]:5007")
        ended = subprocess.run(
            ["ip", "netns", "exec", link.client, probe, "rmbt", link.hosts[4], "--duration", str(SECONDS), "--format",
             "json", "-q", *options],
            capture_output=True, text=True, timeout=60)
        report.measured(json.loads(ended.stdout)[0], ["download", "upload"], LINK * CARRIED["tcp", 4], 0.03)
    return f"rmbt {name}", case


slow_names = (f"w{number}" for number in itertools.count())


def measures_a_slow_line(kbits, queue, name, *options):
    """0.3 s of round trip at the beginning of each direction are a part of its time (specification, 4.4 and 4.6). With a short queue TCP loses
    packets all the time: the line is full, but what it carries twice and what waits behind a gap at the end does not count. So what the line
    has carried of each connection, once and in order, is what a plain test has to say."""
    def case(_, report):
        link = SlowLine(next(slow_names), kbits * 1e3, 0.15, queue)
        serve(link.server, "rmbt", "--no-token", "--listen", "0.0.0.0:5005", "--listen-tls", "0.0.0.0:5006",
              "--listen-http", "0.0.0.0:5007")
        began = time.monotonic()
        ended = subprocess.run(
            ["ip", "netns", "exec", link.client, probe, "rmbt", link.hosts[4], "--format", "json", "-q", *options],
            capture_output=True, text=True, timeout=120)
        report.check(True, f"{time.monotonic() - began:.0f} s")
        answer = json.loads(ended.stdout)[0]
        report.measured(answer, ["download", "upload"], link.rate * CARRIED["tcp", 4], 0.12 if queue >= 1 else 0.25)
        for direction in ("download", "upload") if name == "plain" else ():
            seconds = (answer[direction] or {}).get("duration_seconds") or 0
            report.check(5 < seconds < 11, f"over {seconds:.2f} s")
            report.rate(answer, direction, link.witness.rate(direction, max(seconds, 1)), 0.03)
    return f"rmbt {name} on a line of {kbits} kbit/s with {queue} s of queue", case


def keeps_a_limit(transport, direction):
    def case(link, report):
        options = [*DIRECTIONS[direction], "-b", "10M", *(["-u"] if transport == "udp" else [])]
        answer = run(link, *options)
        report.measured(answer, ways(options), 10e6, 0.01)
        if transport == "udp":
            for way in ways(options):
                lost = answer[way]["lost_packets"]
                report.check(lost == 0, f"{way} lost {lost}")
    return f"{transport} {direction} at 10 Mbit/s", case


def finds_the_capacity(direction):
    """The highest rate at which no more than 1 % is lost, narrowed to 5 %; what tbf's queue of 50 ms takes helps a step of 2 s by 2 %."""
    def case(link, report):
        ended = subprocess.run(
            ["ip", "netns", "exec", link.client, probe, "btest", link.hosts[4], "-u", "--find-capacity", "-b", "400M", "--format", "json",
             *DIRECTIONS[direction]], capture_output=True, text=True, timeout=150)
        answer = json.loads(ended.stdout)[0]
        for way in ways(DIRECTIONS[direction]):
            found = answer["capacity"][way] or {}
            steps = [f"{step['asked_bits_per_second'] / 1e6:.1f}:{step['loss_ratio'] * 100:.1f}%" for step in found.get("steps", [])]
            report.check(found.get("ending") == "found" and not found["at_least"], f"{way} {found.get('ending')} {' '.join(steps)}")
            report.check(0.92 <= (found.get("bits_per_second") or 0) / (LINK * CARRIED["udp", 4]) <= 1.02,
                         f"{way} {(found.get('bits_per_second') or 0) / 1e6:.2f} Mbit/s")
    return f"capacity {direction}", case


def ends_at_random_loss(link, report):
    """A link that loses 3 % of everything: no rate is the knee, and the search says so."""
    inside(link.client, "nft", "-f", "-", text="table ip loss {\n chain in {\n  type filter hook input priority 0;\n"
           "  meta l4proto udp numgen random mod 100 < 3 drop\n }\n}\n")
    ended = subprocess.run(
        ["ip", "netns", "exec", link.client, probe, "btest", link.hosts[4], "-u", "--find-capacity", "--format", "json"],
        capture_output=True, text=True, timeout=150)
    answer = json.loads(ended.stdout)[0]
    report.check("does not come from the rate" in (answer["failure"] or {}).get("message", ""), str(answer["failure"]))
    report.check(answer["capacity"]["download"]["ending"] == "random-loss", f"{len(answer['capacity']['download']['steps'])} steps")


def measures_without_ipv6(link, report):
    report.measured(run(link, "-t", "-r", "-u", "-b", "10M"), ["download", "upload"], 10e6, 0.01)


def finds_its_way_through(direction, probes):
    def case(link, report):
        options = [*DIRECTIONS[direction], "-u", "-b", "10M", *(["-n"] if probes else [])]
        answer = run(link, *options)
        report.measured(answer, ways(options), 10e6, 0.02)
    return f"udp {direction} behind a NAT{' with -n' if probes else ''}", case


def interrupted(name, options, break_off, seconds=7):
    """A test that is broken off after two seconds."""
    def case(link, report):
        began = time.monotonic()
        threading.Timer(2.2, break_off, [link]).start()
        answer = run(link, *options, seconds=seconds)
        took = time.monotonic() - began
        failure = answer["failure"] or {}
        report.check(failure.get("kind") == "interrupted", f"{answer['outcome']} {failure.get('message', answer['flags'])}")
        report.check(took < seconds + 3.5, f"{took:.1f} s")
        for way in ways(options):
            counted = (answer[way] or {}).get("bytes") or 0
            report.check(counted > 0, f"{way} kept {counted} bytes")
    return name, case


def kill(link):
    os.kill(link.process.pid, signal.SIGKILL)


def cut(link):
    inside(link.server, "ip", "link", "set", "far", "down")


def perform(cases, links, again=None):
    """Each case on the link that has been free for longest, so that with as many links as cases each has a fresh one.

    What fails runs again up to twice, alone: a machine that does other things as well holds senders up. `again` makes a link."""
    free = queue.SimpleQueue()
    for link in links:
        free.put(link)

    def one(name, case, link=None, word="again "):
        is_shared, report = link is None, Report(name)
        link = link or free.get()
        try:
            case(link, report)
        except Exception as error:  # The other cases still run.
            report.check(False, f"{type(error).__name__}: {error}")
        finally:
            if is_shared:
                free.put(link)
        report.tell(word)
        return not report.wrong

    with concurrent.futures.ThreadPoolExecutor(LINKS) as pool:
        held = list(pool.map(lambda each: one(*each), cases))
    for each, is_held in zip(cases, held):
        for word in ("again ", "FAILED"):
            if not is_held:
                is_held = one(*each, link=again() if again else links[0], word=word)
        if not is_held:
            failures.append(each[0])


def missing():
    if os.geteuid() != 0:
        return "this needs root"
    for tool in ("ip", "tc"):
        if not shutil.which(tool):
            return f"there is no `{tool}` (package iproute2)"
    if command("ip", "netns", "add", f"{prefix}try", check=False).returncode != 0:
        return "this system lets nobody make network namespaces"
    try:
        if inside(f"{prefix}try", "tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "50mbit", "burst", "32k", "latency",
                  "50ms", check=False).returncode != 0:
            return "this kernel has no tbf"
    finally:
        command("ip", "netns", "del", f"{prefix}try", check=False)
    return None


def chosen(cases):
    return [case for case in cases if not words or any(word in case[0] for word in words)]


def main():
    if reason := missing():
        return say(f"SKIPPED: {reason}")
    long = [agrees_with_the_link(connections) for connections in (1, 4)]
    long += [measures_the_link(transport, direction, connections, family)
             for transport in ("tcp", "udp") for direction in DIRECTIONS
             for connections, family in ((1, 4), (4, 4), (1, 6)) if (transport, direction) != ("tcp", "both")]
    long += [keeps_a_limit(transport, direction) for transport in ("tcp", "udp") for direction in DIRECTIONS]
    if cases := chosen(long):
        perform(cases, [Link(number) for number in range(LINKS)])
    if cases := chosen([finds_the_capacity(direction) for direction in DIRECTIONS]):
        perform(cases, [Link(f"k{number}") for number in range(len(cases))])
    if cases := chosen([("capacity of a link with random loss", ends_at_random_loss)]):
        fresh = (f"r{number}" for number in itertools.count())
        perform(cases, [Link(next(fresh))], again=lambda: Link(next(fresh)))
    if cases := chosen([("udp both without IPv6", measures_without_ipv6)]):
        perform(cases, [WithoutIPv6("v4")])
    by_rmbt = [measures_the_link_by_rmbt("plain", "--no-tls", "--port", "5005"),
               measures_the_link_by_rmbt("by TLS", "--insecure", "--port", "5006"),
               measures_the_link_by_rmbt("by WebSocket", "--no-tls", "--port", "5007", "--transport", "websocket")]
    if cases := chosen(by_rmbt):
        # Each starts a server of its own.
        fresh = (f"m{number}" for number in itertools.count())
        perform(cases, [Link(next(fresh)) for _ in cases], again=lambda: Link(next(fresh)))
    slow = [measures_a_slow_line(kbits, queue, "plain", "--no-tls", "--port", "5005")
            for kbits in (1000, 500, 200) for queue in (0.5, 5)]
    slow += [measures_a_slow_line(200, 5, "by TLS", "--insecure", "--port", "5006"),
             measures_a_slow_line(500, 0.5, "by WebSocket", "--no-tls", "--port", "5007", "--transport", "websocket")]
    if not os.path.exists("/dev/net/tun"):
        say("SKIPPED: slow lines: there is no /dev/net/tun")
    elif cases := chosen(slow):
        # Each makes a line of its own.
        perform(cases, [None] * LINKS)
    if cases := chosen([finds_its_way_through(direction, probes) for direction, probes in
                        (("down", False), ("down", True), ("up", False), ("both", False))]):
        try:
            links = [Translated(f"n{number}") for number in range(2)]
        except subprocess.CalledProcessError as error:
            say(f"SKIPPED: NAT: neither nft nor iptables makes one here ({(error.stderr or '').strip()})")
        except FileNotFoundError:
            say("SKIPPED: NAT: neither nft nor iptables is installed (package nftables)")
        else:
            perform(cases, links)
    broken = [interrupted(f"{transport} {direction}, {what}", [*DIRECTIONS[direction], *(["-u"] if transport == "udp" else [])],
                          how)
              for what, how in (("server killed", kill), ("link cut", cut))
              for transport in ("tcp", "udp") for direction in DIRECTIONS]
    if cases := chosen(broken):
        # A broken link is of no use to the next case.
        names = (f"b{number}" for number in itertools.count())
        perform(cases, [Link(next(names)) for _ in cases], again=lambda: Link(next(names)))


try:
    main()
finally:
    for server in servers:
        if server.poll() is None:
            server.kill()
        server.wait()
    for each in namespaces:
        subprocess.run(["ip", "netns", "del", each], capture_output=True)
if failures:
    sys.exit(f"{len(failures)} failed: " + "; ".join(failures))
