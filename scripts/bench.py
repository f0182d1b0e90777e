#!/usr/bin/env python3
"""bench.py PROBE LOGIN-BENCHMARK [ROUNDS] [SECONDS] [btest|RMBT]: throughput on loopback beside iperf3, in turn in one run; a server under many sessions, logins
and half-open connections; an idle agent's memory.

Machines are noisy: each round runs iperf3 and then every test, the ratio is taken within the round, and the median over the
rounds is printed with the lowest and the highest. CPU is that of both ends together, in seconds per gigabyte carried."""
import json
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import btest_peer
import rmbt_peer

probe = os.path.abspath(sys.argv[1])
login_benchmark = os.path.abspath(sys.argv[2])
# A client as RouterOS is one.
routeros_peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "routeros_peer.py")
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
seconds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
# The half to run; both without one.
half = sys.argv[5] if len(sys.argv) > 5 else ""
ticks = os.sysconf("SC_CLK_TCK")
servers = []
losses = []


def start(arguments, count=1):
    """Starts a server and returns its process and the ports that it logs."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    servers.append(process)
    ports = []
    while len(ports) < count:
        line = process.stderr.readline()
        if not line:
            sys.exit("a server did not start: " + " ".join(arguments))
        found = re.search(r'listening on \S*:(\d+)', line)
        if found:
            ports.append(int(found.group(1)))
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return process, ports


def cpu_of(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / ticks


def run(arguments, server):
    """Runs a client to its end; its output as JSON and the CPU seconds of client and server."""
    before, children = cpu_of(server), resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(arguments, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"{' '.join(arguments)}: exit {ended.returncode}\n{ended.stdout}{ended.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return json.loads(ended.stdout), used + cpu_of(server) - before


def iperf3(*options):
    answer, cpu = run(["iperf3", "-c", "127.0.0.1", "-p", str(iperf_port), "-t", str(seconds), "-J", *options], iperf)
    sums = [answer["end"]["sum_received"]] + (
        [answer["end"]["sum_received_bidir_reverse"]] if "--bidir" in options else [])
    return sum(s["bits_per_second"] for s in sums), cpu / (sum(s["bytes"] for s in sums) / 1e9)


def iperf3_udp():
    answer, cpu = run(["iperf3", "-c", "127.0.0.1", "-p", str(iperf_port), "-t", str(seconds), "-J", "-u", "-b", "0",
                       "-l", "1472"], iperf)
    total = answer["end"]["sum"]
    # What arrived, with the headers that RouterOS counts.
    received = total["bits_per_second"] * (1 - total["lost_percent"] / 100) * 1500 / 1472
    return received, cpu / (received * total["seconds"] / 8e9)


def ours(server, *arguments):
    answer, cpu = run([probe, *arguments, "--format", "json", "-q"], server)
    directions = [d for d in (answer[0]["download"], answer[0]["upload"]) if d]
    for d in directions:
        if d["lost_packets"] is not None:
            losses.append(d["lost_packets"] / max(d["lost_packets"] + d["bytes"] / 1500, 1))
    return [d["bits_per_second"] for d in directions], cpu / (sum(d["bytes"] for d in directions) / 1e9)


def memory_of(process):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{process.pid}/status").read()).group(1)) / 1000


def paced_udp(direction):
    """1 Gbit/s of UDP: the CPU of each side as a share of one core, and the rate."""
    before, began = cpu_of(btest), time.monotonic()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer, _ = run([probe, "btest", "127.0.0.1", "-P", str(btest_port), "-d", str(seconds), "-u", direction, "-b", "1G",
                     "--format", "json", "-q"], btest)
    span = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    client = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    result = answer[0]["download"] or answer[0]["upload"]
    return result["bits_per_second"] / 1e9, client / span, (cpu_of(btest) - before) / span


def limits():
    """-b in every mode: the largest deviation of the mean over seconds 2…n, and the fullest 100 ms, both of the limit."""
    worst, fullest = 0, 0
    for protocol in ([], ["-u"]):
        for direction in (["-r"], ["-t"], ["-r", "-t"]):
            for limit, bits in (("1M", 1e6), ("10M", 1e7), ("100M", 1e8), ("1G", 1e9)):
                answer, _ = run([probe, "btest", "127.0.0.1", "-P", str(btest_port), "-d", "4", "-b", limit, "--samples", "--format",
                                 "json", "-q", *protocol, *direction], btest)
                for transfer in (answer[0]["download"], answer[0]["upload"]):
                    if transfer:
                        points = [(0, 0)] + [(s["t_ns"] / 1e9, s["bytes"]) for s in transfer["samples"]]
                        end = points[-1][0]
                        worst = max(worst, abs((carried(points, end) - carried(points, 1)) * 8 / (end - 1) / bits - 1))
                        windows = [carried(points, (i + 1) / 10) - carried(points, i / 10) for i in range(int(end * 10))]
                        fullest = max(fullest, max(windows) * 80 / bits)
    return worst, fullest


def carried(points, instant):
    """Bytes at an instant, between the two points around it."""
    for (t, b), (u, c) in zip(points, points[1:]):
        if instant <= u:
            return b + (c - b) * (instant - t) / (u - t) if u > t else c
    return points[-1][1]


def half_open(count=1000):
    """An unlimited download alone and beside so many connections that say nothing."""
    alone = statistics.median(sum(ours(crowd, "btest", "127.0.0.1", "-P", str(crowd_port), "-d", str(seconds), "-r")[0])
                              for _ in range(3))
    held = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", crowd_port))
        held.append(connection)
    time.sleep(0.5)
    memory = memory_of(crowd)
    beside = sum(ours(crowd, "btest", "127.0.0.1", "-P", str(crowd_port), "-d", str(seconds), "-r")[0])
    for connection in held:
        connection.close()
    return beside / alone, memory


def ping_overhead(count=500):
    """The median ping of a bare loop, and how much longer the client's own is, in microseconds, in turn."""
    bare, extra = [], []
    for _ in range(3):
        lone, _ = rmbt_peer.pings(plain_port, count)
        answer, _ = run([probe, "rmbt", "127.0.0.1", "--port", str(plain_port), "--no-tls", "--pings", str(count), "--duration", "1s",
                         "--pretest", "100ms", "--direction", "upload", "--format", "json", "-q"], rmbt)
        bare.append(lone)
        extra.append(answer[0]["latency"]["client_median_seconds"] * 1e6 - lone)
    return statistics.median(bare), statistics.median(extra)


def logins(per_second=100, length=5):
    """Logins with EC-SRP5 at a rate while a 1 Gbit/s test runs: how they went, the server's CPU, and what became of the test."""
    def steady(result):
        answer = subprocess.run([probe, "btest", "127.0.0.1", "-P", str(login_port), "-a", "bench", "--password-file", password,
                                 "-d", str(length + 3), "-r", "-b", "1G", "--format", "json", "-q"],
                                capture_output=True, text=True)
        result.append(json.loads(answer.stdout)[0]["download"]["bits_per_second"])

    rate = []
    thread = threading.Thread(target=steady, args=(rate,))
    thread.start()
    time.sleep(1)
    before, began = cpu_of(login_server), time.monotonic()
    answer = subprocess.run([login_benchmark, "127.0.0.1", str(login_port), "bench", str(per_second), str(length)],
                            capture_output=True, text=True, stdin=open(password))
    used = (cpu_of(login_server) - before) / (time.monotonic() - began)
    thread.join()
    return answer.stdout.strip(), used, rate[0] / 1e9


try:
    btest, (btest_port,) = start([probe, "serve", "btest", "--listen", "127.0.0.1:0", "--no-auth"])
    single, (single_port,) = start([probe, "serve", "btest", "--listen", "127.0.0.1:0", "--no-auth", "--no-offload"])
    # Everything comes from one address here.
    crowd, (crowd_port,) = start([probe, "serve", "btest", "--listen", "127.0.0.1:0", "--no-auth", "--max-sessions", "300"])
    folder = tempfile.TemporaryDirectory()
    password = folder.name + "/password"
    with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w") as secret:
        secret.write("correct horse\n")
    login_server, (login_port,) = start([probe, "serve", "btest", "--listen", "127.0.0.1:0", "--user", "bench",
                                         "--password-file", password, "--max-sessions", "300"])
    rmbt, (plain_port, tls_port, http_port, http_tls_port) = start(
        [probe, "serve", "rmbt", "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--listen-http", "127.0.0.1:0",
         "--listen-http-tls", "127.0.0.1:0", "--no-token"], 4)
    iperf_port = 20000 + os.getpid() % 10000
    iperf = subprocess.Popen(["iperf3", "-s", "-B", "127.0.0.1", "-p", str(iperf_port)], stdout=subprocess.DEVNULL)
    servers.append(iperf)
    time.sleep(0.5)

    def btest_run(*options):
        return ours(btest, "btest", "127.0.0.1", "-P", str(btest_port), "-d", str(seconds), *options)

    def routeros_run(direction):
        answer, cpu = run([sys.executable, routeros_peer, "client", "127.0.0.1", str(btest_port), "--direction", direction,
                           "--connections", "20", "--seconds", str(seconds)], btest)
        if answer["stray_beginnings"]:
            sys.exit(f"the server sent something before the data: {answer}")
        moved = answer["sent" if direction == "transmit" else "received"]
        return [moved * 8 / answer["seconds"]], cpu / (moved / 1e9)

    def rmbt_run(port, direction, *options):
        return ours(rmbt, "rmbt", "127.0.0.1", "--port", str(port), "--duration", str(seconds), "--pretest", "500ms",
                    "--direction", direction, *options)

    def websocket_run(port, direction, *options):
        return rmbt_run(port, direction, "--transport", "websocket", *options)

    def single_run(*options):
        return ours(single, "btest", "127.0.0.1", "-P", str(single_port), "-d", str(seconds), "-u", "--no-offload", *options)

    tests = [
        ("btest download, 1 connection", "iperf3", 1.8, lambda: btest_run("-r")),
        ("btest upload, 1 connection", "iperf3", 1.8, lambda: btest_run("-t")),
        ("btest both ways, sum", "iperf3 --bidir", 1.3, lambda: btest_run("-t", "-r")),
        ("btest download, 4 connections", "iperf3 -P 4", 1.8, lambda: btest_run("-r", "-c", "4")),
        ("btest upload, 4 connections", "iperf3 -P 4", 1.8, lambda: btest_run("-t", "-c", "4")),
        ("btest to RouterOS, 20 connections", "iperf3 -P 20", 1.3, lambda: routeros_run("receive")),
        ("btest from RouterOS, 20 connections", "iperf3 -P 20", 1.3, lambda: routeros_run("transmit")),
        ("btest download, UDP", "iperf3 -u", 8.0, lambda: btest_run("-u", "-r")),
        ("btest upload, UDP", "iperf3 -u", 8.0, lambda: btest_run("-u", "-t")),
        ("the same, datagrams one by one", "iperf3 -u", 1.1, lambda: single_run("-r")),
        ("the same, upload", "iperf3 -u", 1.1, lambda: single_run("-t")),
        ("RMBT download, 3 connections", "iperf3 -P 3", 1.8, lambda: rmbt_run(plain_port, "download", "--no-tls")),
        ("RMBT upload, 3 connections", "iperf3 -P 3", 1.8, lambda: rmbt_run(plain_port, "upload", "--no-tls")),
        ("RMBT download, TLS", "iperf3 -P 3", 0.7, lambda: rmbt_run(tls_port, "download", "--insecure")),
        ("RMBT upload, TLS", "iperf3 -P 3", 0.7, lambda: rmbt_run(tls_port, "upload", "--insecure")),
        ("RMBTws download", "iperf3 -P 3", 0.5, lambda: websocket_run(http_port, "download", "--no-tls")),
        ("RMBTws upload", "iperf3 -P 3", 0.5, lambda: websocket_run(http_port, "upload", "--no-tls")),
        ("RMBTws download, TLS", "iperf3 -P 3", 0.25, lambda: websocket_run(http_tls_port, "download", "--insecure")),
        ("RMBTws upload, TLS", "iperf3 -P 3", 0.25, lambda: websocket_run(http_tls_port, "upload", "--insecure")),
    ]
    tests = [test for test in tests if half in test[0] or (half == "btest" and "RMBT" not in test[0])]
    lost = {}
    results = {name: [] for name, *_ in tests}
    for number in range(rounds):
        for name, peer, _, test in tests:
            reference, reference_cpu = iperf3_udp() if "-u" in peer else iperf3(*peer.split()[1:])
            losses.clear()
            rates, cpu = test()
            lost.setdefault(name, []).extend(losses)
            results[name].append((sum(rates) / reference, sum(rates), reference, cpu, reference_cpu))
        print(f"round {number + 1} of {rounds} done", file=sys.stderr)

    print(f"{'':36} {'Gbit/s':>7} {'peer':>7} {'ratio':>6} {'(min–max)':>12} {'asked':>6} {'CPU s/GB':>9} {'peer':>6}")
    for name, peer, asked, _ in tests:
        column = list(zip(*results[name]))
        ratio = statistics.median(column[0])
        print(f"{name:36} {statistics.median(column[1]) / 1e9:7.1f} {statistics.median(column[2]) / 1e9:7.1f} {ratio:6.2f} "
              f"{f'({min(column[0]):.2f}–{max(column[0]):.2f})':>12} {'' if asked is None else f'{asked:g}':>6} "
              f"{statistics.median(column[3]):9.3f} {statistics.median(column[4]):6.3f}   beside {peer}"
              + (f", lost {100 * statistics.median(lost[name]):.2f} % (asked: under 3)" if lost[name] else ""))

    if half != "btest":
        bare, ours_added = ping_overhead()
        print(f"RMBT ping by a bare send/recv loop: {bare:.1f} us; probe rmbt adds {ours_added:.1f} us (asked: under 20)")
        worst, memory = rmbt_peer.crowd(plain_port, 500, 50, 10e6, 8, lambda: memory_of(rmbt))
        print(f"500 RMBT sessions, 50 of them at 10 Mbit/s: at most {100 * worst:.2f} % off (asked: 2), {memory:.1f} MB "
              "(asked: under 150)")
    if half == "RMBT":
        sys.exit()

    for direction, name in (("-r", "download"), ("-t", "upload")):
        rate, client, server = paced_udp(direction)
        print(f"UDP {name} at 1 Gbit/s: {rate:.4f} Gbit/s, {100 * client:.1f} % of a core at the client, {100 * server:.1f} % at the "
              "server (asked: under 15)")
    worst, fullest = limits()
    print(f"limits of 1M to 1G, TCP and UDP, every direction: at most {100 * worst:.2f} % off (asked: 1), the fullest 100 ms "
          f"{100 * fullest - 100:.1f} % above (asked: 10)")
    for count in (100, 200):
        for upload in (False, True):
            worst, cpu, names, memory, own = btest_peer.crowd(crowd_port, crowd.pid, count, upload=upload)
            print(f"{count} {'uploads' if upload else 'downloads'} at 5 Mbit/s: at most {100 * abs(worst):.2f} % off (asked: 2), "
                  f"{cpu:.3f} CPU s a second at the server, {sum(names.values())} threads, {memory:.1f} MB (asked: under 100); "
                  f"the client of all took {own:.2f} CPU s a second")
            time.sleep(1)
    for upload in (False, True):
        worst, cpu, names, memory, own = btest_peer.crowd(crowd_port, crowd.pid, 100, upload=upload, udp=True)
        print(f"100 {'uploads' if upload else 'downloads'} at 5 Mbit/s over UDP: at most {100 * abs(worst):.2f} % off, {cpu:.3f} CPU s a "
              f"second at the server, {sum(names.values())} threads; the client of all took {own:.2f} CPU s a second")
        time.sleep(1)
    share, memory = half_open()
    print(f"1,000 silent half-open connections leave an unlimited test {100 * share:.1f} % (asked: over 95), {memory:.1f} MB")
    how, used, rate = logins()
    print(f"100 logins per second for 5 s: {how}, {100 * used:.0f} % of a core at the server; a 1 Gbit/s test beside them: {rate:.4f} "
          "Gbit/s (asked: within 2 %)")

    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/fleet.yaml", "w") as fleet:
            fleet.write("version: 1\nseed: bench\nprobes: { tcp: { btest: {} } }\n"
                        "defaults: { probes: [tcp], schedule: { every: 7d, jitter: 1h } }\nrouters:\n")
            fleet.writelines(f"  - {{ name: r{i}, address: 127.0.0.1, port: 1 }}\n" for i in range(1000))
        agent = subprocess.Popen([probe, "agent", "--fleet", folder + "/fleet.yaml"], stderr=subprocess.PIPE, text=True)
        servers.append(agent)
        while "agent started" not in agent.stderr.readline():
            pass
        time.sleep(2)
        memory = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{agent.pid}/status").read()).group(1)) / 1000
        print(f"idle agent with 1,000 targets: {memory:.1f} MB (asked: under 80)")
        agent.send_signal(signal.SIGTERM)
        agent.wait(20)
finally:
    for process in servers:
        if process.poll() is None:
            process.terminate()
