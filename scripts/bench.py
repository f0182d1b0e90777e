#!/usr/bin/env python3
"""bench.py PROBE [ROUNDS] [SECONDS]: throughput on loopback beside iperf3, in turn in one run, and an idle agent's memory.

Machines are noisy: each round runs iperf3 and then every test, the ratio is taken within the round, and the median over the
rounds is printed with the lowest and the highest. CPU is that of both ends together, in seconds per gigabyte carried."""
import json
import os
import re
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

probe = os.path.abspath(sys.argv[1])
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
ticks = os.sysconf("SC_CLK_TCK")
servers = []


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
    os.set_blocking(process.stderr.fileno(), False)
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


def ours(server, *arguments):
    answer, cpu = run([probe, *arguments, "--format", "json", "-q"], server)
    directions = [d for d in (answer[0]["download"], answer[0]["upload"]) if d]
    return [d["bits_per_second"] for d in directions], cpu / (sum(d["bytes"] for d in directions) / 1e9)


try:
    btest, (btest_port,) = start([probe, "serve", "btest", "--listen", "127.0.0.1:0", "--no-auth"])
    rmbt, (plain_port, tls_port) = start(
        [probe, "serve", "rmbt", "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--no-token"], 2)
    iperf_port = 20000 + os.getpid() % 10000
    iperf = subprocess.Popen(["iperf3", "-s", "-B", "127.0.0.1", "-p", str(iperf_port)], stdout=subprocess.DEVNULL)
    servers.append(iperf)
    time.sleep(0.5)

    def btest_run(*options):
        return ours(btest, "btest", "127.0.0.1", "-P", str(btest_port), "-d", str(seconds), *options)

    def rmbt_run(port, direction, *options):
        return ours(rmbt, "rmbt", "127.0.0.1", "--port", str(port), "--duration", str(seconds), "--pretest", "500ms",
                    "--direction", direction, *options)

    tests = [
        ("btest download, 1 connection", "iperf3", 1.0, lambda: btest_run("-r")),
        ("btest upload, 1 connection", "iperf3", 1.0, lambda: btest_run("-t")),
        ("btest both ways, sum", "iperf3 --bidir", None, lambda: btest_run("-t", "-r")),
        ("btest download, 4 connections", "iperf3 -P 4", None, lambda: btest_run("-r", "-c", "4")),
        ("btest upload, 4 connections", "iperf3 -P 4", None, lambda: btest_run("-t", "-c", "4")),
        ("RMBT download, 3 connections", "iperf3 -P 3", 1.0, lambda: rmbt_run(plain_port, "download", "--no-tls")),
        ("RMBT upload, 3 connections", "iperf3 -P 3", 1.0, lambda: rmbt_run(plain_port, "upload", "--no-tls")),
        ("RMBT download, TLS", "iperf3 -P 3", None, lambda: rmbt_run(tls_port, "download", "--insecure")),
        ("RMBT upload, TLS", "iperf3 -P 3", None, lambda: rmbt_run(tls_port, "upload", "--insecure")),
    ]
    results = {name: [] for name, *_ in tests}
    for number in range(rounds):
        for name, peer, _, test in tests:
            reference, reference_cpu = iperf3(*peer.split()[1:])
            rates, cpu = test()
            results[name].append((sum(rates) / reference, sum(rates), reference, cpu, reference_cpu))
        print(f"round {number + 1} of {rounds} done", file=sys.stderr)

    print(f"{'':32} {'Gbit/s':>7} {'peer':>7} {'ratio':>6} {'(min–max)':>12} {'asked':>6} {'CPU s/GB':>9} {'peer':>6}")
    for name, peer, asked, _ in tests:
        column = list(zip(*results[name]))
        ratio = statistics.median(column[0])
        print(f"{name:32} {statistics.median(column[1]) / 1e9:7.1f} {statistics.median(column[2]) / 1e9:7.1f} {ratio:6.2f} "
              f"{f'({min(column[0]):.2f}–{max(column[0]):.2f})':>12} {'' if asked is None else f'{asked:.1f}':>6} "
              f"{statistics.median(column[3]):9.3f} {statistics.median(column[4]):6.3f}   beside {peer}")

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
