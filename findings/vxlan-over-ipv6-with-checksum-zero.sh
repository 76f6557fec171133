#!/usr/bin/env bash
# Linux sends VXLAN over IPv6 with UDP checksum zero when told to, and its own UDP sockets do not receive that.
#
# Guess: a program that listens at UDP port 4789 gets every VXLAN datagram that reaches the host.
# Seen:  RFC 6935 and 6936 let tunnels leave the checksum out over IPv6, and many switches do. A plain UDP socket never sees such a
#        datagram: the kernel drops it as Udp6InCsumErrors, without a word to the receiver, unless the socket has UDP_NO_CHECK6_RX.
#        Over IPv4 a checksum of zero is taken by every socket.
# With:  iproute2 6.1.0 (vxlan device with udp6zerocsumtx), Python 3.11, Debian 12; Linux 6.18.
# Needs root (network namespaces of its own). Exits 1 when this is no longer so.
set -euo pipefail
command -v ip >/dev/null || { apt-get update && apt-get install -y --no-install-recommends iproute2; } >/dev/null 2>&1
a=sender$$ b=receiver$$
trap 'ip netns del $a 2>/dev/null; ip netns del $b 2>/dev/null' EXIT
for each in $a $b; do ip netns add $each; ip -n $each link set lo up; done
ip link add veth-a netns $a type veth peer name veth-b netns $b
ip -n $a addr add fd00:77::1/64 dev veth-a nodad && ip -n $a link set veth-a up
ip -n $b addr add fd00:77::2/64 dev veth-b nodad && ip -n $b link set veth-b up

# receive OPTION: how many of five VXLAN datagrams a socket with that option sees.
receive() {
  ip -n $a link add vx type vxlan id 42 local fd00:77::1 remote fd00:77::2 dstport 4789 dev veth-a "$2" 2>/dev/null
  ip -n $a addr add 192.0.2.1/24 dev vx && ip -n $a link set vx up
  ip -n $a neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev vx
  ip netns exec $b python3 -c "
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
if $1: s.setsockopt(17, 102, 1)  # UDP_NO_CHECK6_RX
s.bind(('::', 4789)); s.settimeout(2); print('ready', flush=True); n = 0
try:
    while True: n += b'finding' in s.recv(9000)
except TimeoutError: print(n)" >"$work" &
  local reader=$!
  until grep -q ready "$work"; do sleep 0.1; done
  ip netns exec $a python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(5): s.sendto(b'finding', ('192.0.2.2', 9))"
  wait $reader
  tail -1 "$work"
  ip -n $a link del vx
}

work=$(mktemp)
trap 'ip netns del $a 2>/dev/null; ip netns del $b 2>/dev/null; rm -f "$work"' EXIT
uname -sr
ip -V
with=$(receive False noudp6zerocsumtx)
without=$(receive False udp6zerocsumtx)
dropped=$(ip netns exec $b sh -c "awk '/Udp6InCsumErrors/ {print \$2}' /proc/net/snmp6")
allowed=$(receive True udp6zerocsumtx)
echo "of 5 datagrams: $with with a checksum, $without with checksum zero (Udp6InCsumErrors $dropped), $allowed with zero and UDP_NO_CHECK6_RX"
[ "$with" = 5 ] && [ "$without" = 0 ] && [ "$dropped" -ge 5 ] && [ "$allowed" = 5 ]
