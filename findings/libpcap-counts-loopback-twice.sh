#!/usr/bin/env bash
# libpcap (tcpdump) on the loopback interface: pcap_stats counts every packet twice.
#
# Guess: "packets received by filter" is what was captured plus what the kernel dropped.
# Seen:  the kernel hands each loopback packet to the packet socket twice, outgoing and incoming. libpcap passes one of them on, but
#        ps_recv counts both. So does ps_drop when the buffer is full: the loss it tells is twice the loss there was.
# With:  tcpdump 4.99.3, libpcap 1.10.3, Debian 12; Linux 6.18.
# Needs root (a network namespace of its own). Exits 1 when this is no longer so.
set -euo pipefail
command -v tcpdump >/dev/null || { apt-get update && apt-get install -y --no-install-recommends tcpdump iproute2; } >/dev/null 2>&1
work=$(mktemp -d)
space=loopback$$
trap 'ip netns del $space 2>/dev/null; rm -rf "$work"' EXIT
ip netns add $space
ip -n $space link set lo up

ip netns exec $space tcpdump -i lo -U -w "$work/out.pcap" udp port 9 2>"$work/said" &
capture=$!
until grep -q listening "$work/said"; do sleep 0.1; done
ip netns exec $space python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(100): s.sendto(b"x", ("127.0.0.1", 9))'
sleep 1
kill -INT $capture
wait $capture || true

tcpdump --version 2>&1 | head -2
cat "$work/said"
captured=$(sed -n 's/^\([0-9]*\) packets captured/\1/p' "$work/said")
received=$(sed -n 's/^\([0-9]*\) packets received by filter/\1/p' "$work/said")
echo "sent 100, captured $captured, received by filter $received"
[ "$captured" = 100 ] && [ "$received" = 200 ]
