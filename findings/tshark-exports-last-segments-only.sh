#!/usr/bin/env bash
# "Export specified packets" of Wireshark, or tshark -Y http -w: the file has only the last segment of each HTTP message.
#
# Guess: a capture that was filtered by the display filter "http" and saved still holds the HTTP messages.
# Seen:  a message that came in several segments belongs to the packet that completed it. Only that packet matches the filter and is
#        saved: the head of a POST, and most of a large response, are not in the new file. Read again it has fewer messages. With two
#        passes (tshark -2) the packets that a message depends on are saved, too; by stream number (-Y 'tcp.stream == 0') all are.
# With:  tshark 4.0.17 of Debian 12.
# Exits 1 when this is no longer so.
set -euo pipefail
command -v tshark >/dev/null || { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends tshark; } >/dev/null 2>&1
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 - "$work/in.pcap" <<'PY'
import struct, sys
CLIENT, SERVER = (bytes([10, 1, 0, 1]), 40000), (bytes([10, 1, 0, 2]), 80)
sequence, packets = {CLIENT: 1000, SERVER: 9000}, []
def segment(sender, receiver, flags, octets=b''):
    tcp = struct.pack('>HHIIBBHHH', sender[1], receiver[1], sequence[sender], sequence[receiver] if flags != 2 else 0, 0x50, flags, 64000, 0, 0)
    ip = struct.pack('>BBHHHBBH', 0x45, 0, 40 + len(octets), 0, 0x4000, 64, 6, 0) + sender[0] + receiver[0]
    packets.append(bytes(12) + b'\x08\x00' + ip + tcp + octets)
    sequence[sender] += len(octets) + bool(flags & 3)
def send(sender, receiver, octets):
    for at in range(0, len(octets), 1400): segment(sender, receiver, 0x18, octets[at:at + 1400])
    segment(receiver, sender, 0x10)
segment(CLIENT, SERVER, 2); segment(SERVER, CLIENT, 0x12); segment(CLIENT, SERVER, 0x10)
send(CLIENT, SERVER, b'GET /small HTTP/1.1\r\nHost: a\r\n\r\n'); send(SERVER, CLIENT, b'HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n' + b'x' * 9000)
send(CLIENT, SERVER, b'POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n' + b'y' * 5000); send(SERVER, CLIENT, b'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n')
with open(sys.argv[1], 'wb') as file:
    file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for number, packet in enumerate(packets): file.write(struct.pack('<IIII', 1700000000, number * 1000, len(packet), len(packet)) + packet)
PY
messages() { tshark -r "$1" -Y 'http.request || http.response' -T fields -e http.request.uri -e http.response.code 2>/dev/null | tr -s '\t\n' ' '; }
cd "$work"
tshark -r in.pcap -Y http -w once.pcap 2>/dev/null
tshark -2 -r in.pcap -Y http -w twice.pcap 2>/dev/null
tshark -r in.pcap -Y 'tcp.stream == 0' -w stream.pcap 2>/dev/null
tshark --version | head -1
for file in in once twice stream; do echo "$file: messages $(messages $file.pcap)"; done
[ "$(messages in.pcap)" = "$(messages twice.pcap)" ] && [ "$(messages in.pcap)" = "$(messages stream.pcap)" ] && [ "$(messages in.pcap)" != "$(messages once.pcap)" ]
